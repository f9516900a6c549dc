/** A server as browsers, strangers and a store that changes have it. @module */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { RULES } from "../../lib/report/_fixture.ts";
import { openRunRecord } from "../../pipeline/run/progress/live.ts";
import { openStore, type Store } from "../../pipeline/store/store.ts";
import { permitted } from "../../tests/permitted.ts";
import { fillStore } from "../report/_fixture.ts";
import { openServer, type Server } from "./server.ts";

interface Serving {
  readonly folder: string;
  readonly store: Store;
  readonly server: Server;
  /** Ends the server. */
  readonly stop: () => void;
}

async function serving(use: (serving: Serving) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "serve_" }), store = openStore(folder);
  const ending = new AbortController(), stop = () => ending.abort();
  const server = await openServer({
    store,
    profile: { id: "demo", name: "demo" },
    commands: () => [],
    start: "deno task pipeline",
    hostname: "127.0.0.1",
    ports: [0],
    signal: ending.signal,
    events: { every: 10, sign: 40, most: 3 },
  });
  try {
    await use({ folder, store, server, stop });
  } finally {
    stop();
    await server.finished;
    await Deno.remove(folder, { recursive: true });
  }
}

/** An answer to bytes that no client of HTTP would send. */
async function raw(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  await connection.write(new TextEncoder().encode(request.replaceAll("\n", "\r\n")));
  return await new Response(connection.readable).text();
}

/** What a client sees: each state once, as it comes. */
async function* states(url: string, signal?: AbortSignal) {
  const response = await fetch(`${url}events`, { signal });
  assertEquals(response.headers.get("content-type"), "text/event-stream");
  let rest = "";
  for await (const text of response.body!.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n\n");
    rest = parts.pop()!;
    for (const part of parts) {
      const data = part.match(/^event: state\ndata: (.*)$/)?.[1];
      if (data !== undefined) yield JSON.parse(data);
    }
  }
}

/** Waits until something is so. */
async function until(is: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !is(); i++) await new Promise((go) => setTimeout(go, 10));
  assert(is());
}

permitted(
  "openServer() gives away the files of the results by name, and no other",
  () =>
    serving(async ({ folder, store, server: { url } }) => {
      const results = store.results("demo");
      await Deno.mkdir(join(results, "folder.json"), { recursive: true });
      await Deno.writeTextFile(join(results, "table1.json"), '{"a":1}');
      await Deno.writeTextFile(join(results, "notes"), "of no known type");
      await Deno.writeTextFile(join(results, ".hidden.json"), "{}");
      await Deno.writeTextFile(join(folder, "secret.json"), "secret");
      await Deno.symlink(join(folder, "secret.json"), join(results, "linked.json"));
      const table = await fetch(`${url}table1.json`);
      assertEquals([table.status, await table.text()], [200, '{"a":1}']);
      assertEquals(table.headers.get("content-type"), "application/json");
      await Deno.mkdir(join(results, "report-check"));
      await Deno.writeTextFile(join(results, "report-check", "program.js"), "0");
      const script = await fetch(`${url}report-check/program.js`);
      assertEquals([await script.text(), script.headers.get("content-type")], [
        ...["0", "text/javascript; charset=utf-8"],
      ]);
      const paths = [
        ...["report-check", "report-check/", "report-check/../../../secret.json"],
        ...["report-check/..%2f..%2f..%2fsecret.json", "report-check//program.js", "program.js"],
        ...["../../secret.json", "..%2f..%2fsecret.json", "%2e%2e/%2e%2e/secret.json"],
        ...["linked.json", "folder.json", "notes", ".hidden.json", "TABLE1.JSON", "table1.json/"],
        ...["/etc/passwd", "table1.json%00.png", "%", "", "etc"].map((name) => `/${name}`),
      ];
      for (const path of paths) {
        const answer = await raw(
          url,
          `GET /${path} HTTP/1.1\nHost: localhost\nConnection: close\n\n`,
        );
        assert(/^HTTP\/1.1 (404|400) /.test(answer), `${path}: ${answer.slice(0, 200)}`);
        assert(!answer.includes("secret"), path);
      }
      await Deno.writeFile(join(results, "large.png"), new Uint8Array(8e6));
      for (let i = 0; i < 3; i++) { // who goes in the middle of an answer ends nothing else
        await (await fetch(`${url}large.png`)).body!.cancel();
      }
      const head = await fetch(`${url}table1.json`, { method: "HEAD" });
      assertEquals([head.status, await head.text()], [200, ""]);
      for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
        const { status, headers, body } = await fetch(`${url}table1.json`, { method });
        await body?.cancel();
        assertEquals([status, headers.get("allow")], [405, "GET, HEAD"], method);
      }
    }),
);

permitted(
  "openServer() answers to its own name alone, and every answer says what it may do",
  () =>
    serving(async ({ server: { url } }) => {
      const ask = (path: string, lines: string) =>
        raw(url, `GET ${path} HTTP/1.1\nConnection: close\n${lines}\n`);
      for (const path of ["/", "/events", "/table1.json"]) {
        for (const host of ["evil.example", `evil.example:${new URL(url).port}`]) {
          const answer = await ask(path, `Host: ${host}\n`);
          assertStringIncludes(answer, "403 Forbidden");
          assertStringIncludes(answer, "answers to its own address alone");
        }
      }
      const foreign = "Host: localhost\nSec-Fetch-Site: cross-site\nSec-Fetch-Mode: no-cors\n";
      assertStringIncludes(await ask("/table1.json", foreign), "403 Forbidden");
      const page = await ask("/", "Host: localhost:1\n");
      assertStringIncludes(page, "200 OK");
      assertStringIncludes(page, "deno task pipeline");
      for (const answer of [page, await ask("/none", "Host: localhost\n")]) {
        for (const header of ["nosniff", "no-store", "no-referrer", "default-src 'none'"]) {
          assertStringIncludes(answer, header);
        }
      }
    }),
);

permitted(
  "openServer() tells everybody of a run and of new results, and forgets who is gone",
  () =>
    serving(async ({ folder, store, server: { url, watchers } }) => {
      const leaving = new AbortController();
      const [one, other] = [states(url), states(url, leaving.signal)];
      const empty = { runs: [] }; // before any result exists
      assertEquals((await one.next()).value, empty);
      assertEquals((await other.next()).value, empty);
      assertEquals(watchers(), 2);
      const none = await fetch(`${url}report.html`);
      assertEquals([none.status, (await none.text()).includes("no such page")], [404, true]);

      const record = openRunRecord(store, "demo"), cell = "train:igr:relu";
      const reasons = [{ kind: "never ran", text: "has not run yet" }] as const;
      record.onEvent({ kind: "plan", jobs: 1, cells: [{ cell, reasons }] });
      record.onEvent({ kind: "started", cell, reasons });
      for (const client of [one, other]) {
        const { runs: [run] } = (await client.next()).value;
        assertEquals([run.running, run.total, run.cells[0].state], [true, 1, "running"]);
      }
      leaving.abort();
      await assertRejects(() => other.next(), DOMException);
      await until(() => watchers() === 1);

      record.close();
      await fillStore(folder, { rows: ["igr/relu", "igr/gelu"], images: 8, rules: RULES });
      const seen = [];
      for await (const state of one) {
        seen.push(state);
        if (state.results !== undefined && state.runs[0].running === false) break;
      }
      assertEquals(seen.at(-1)!.runs[0].cells, [{ cell, state: "interrupted", text: "" }]);
      await until(() => watchers() === 0);
      // the folder has no page, so it is made of what the store has
      const page = await fetch(`${url}report.html`);
      assertStringIncludes(await page.text(), "Is smoothness all you need?");
    }),
);

permitted(
  "openServer() survives a store that is collected under it, and too many clients",
  () =>
    serving(async ({ folder, store, server: { url }, stop }) => {
      const results = store.results("demo");
      await Deno.mkdir(results, { recursive: true });
      await Deno.writeTextFile(join(results, "report.html"), "<!doctype html>one");
      const clients = [states(url), states(url), states(url)];
      for (const client of clients) assert((await client.next()).value.results !== undefined);
      const { status, body } = await fetch(`${url}events`);
      await body?.cancel();
      assertEquals(status, 503);
      assertEquals(await (await fetch(`${url}report.html`)).text(), "<!doctype html>one");
      for (const { name } of Deno.readDirSync(folder)) {
        await Deno.remove(join(folder, name), { recursive: true });
      }
      assertEquals((await clients[0].next()).value, { runs: [] });
      const gone = await fetch(`${url}report.html`);
      assertEquals(gone.status, 404);
      await gone.body?.cancel();
      // ends every answer by itself
      stop();
      while (!(await clients[0].next()).done);
    }),
);
