import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { type Digest, digestOf, digestOfFile } from "../store/digest.ts";
import { statIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { startFaultProxy } from "../../tests/fault_proxy.ts";
import { permitted } from "../../tests/permitted.ts";
import { NO_S3, S3_PROGRAM, type S3Server, startS3 } from "../../tests/s3_server.ts";
import { openRemoteFolder } from "./folder.ts";
import { openApart } from "./s3/apart.ts";
import type { Patience } from "./s3/request.ts";
import { openS3 } from "./s3/s3.ts";
import { s3Settings } from "./s3/settings.ts";
import { LocalError, type Remote, type RemoteEntry, type RemoteName } from "./remote.ts";

/** Little waiting between tries; a server that answers is never given up, however slow it is. */
const HASTY: Patience = { tries: 4, pause: 10, silence: 600_000 };

const PART = 5 * 2 ** 20;

/** A folder for local files, with something to write in it. */
function withFiles(dir?: string) {
  const folder = Deno.makeTempDirSync({ prefix: "remote_", dir });
  let count = 0;
  return {
    fresh: () => join(folder, `${++count}`),
    file(content: string | Uint8Array) {
      const path = join(folder, `${++count}`);
      if (typeof content === "string") Deno.writeTextFileSync(path, content);
      else Deno.writeFileSync(path, content);
      return path;
    },
    [Symbol.dispose]: () => Deno.removeSync(folder, { recursive: true }),
  };
}

const object = (content: string | Uint8Array): RemoteName => ({
  kind: "object",
  digest: digestOf(content),
});
const named = (kind: "manifest" | "attestations" | "attempt", text: string): RemoteName => ({
  kind,
  key: digestOf(text) as string as Key,
});

async function all(entries: AsyncIterable<RemoteEntry>): Promise<RemoteEntry[]> {
  const found = [];
  for await (const entry of entries) found.push(entry);
  return found;
}

/** What every remote must do. */
async function holdsContract(open: () => Remote, dir?: string): Promise<void> {
  using files = withFiles(dir);
  const remote = open(), other = open();
  const name = object("hello"), missing = object("nothing");
  assertEquals(await remote.get(name, files.fresh()), undefined);
  assertEquals([...await remote.has([name])], []);
  assertEquals(await all(remote.list("object")), []);

  // Once.
  assertEquals(await remote.put(name, files.file("hello"), "once"), "written");
  assertEquals(await other.put(name, files.file("hello"), "once"), "lost");
  assertEquals([...await other.has([missing, name])], [name]);
  // Two outputs of a cell may be the same bytes.
  const same = [name, object("hello")];
  assertEquals([...await other.has(same)], same);
  const to = files.fresh();
  assert(await other.get(name, to) !== undefined);
  assertEquals(Deno.readTextFileSync(to), "hello");
  await assertRejects(() => other.get(name, to), LocalError);
  await assertRejects(() => remote.put(missing, files.fresh(), "once"), LocalError);

  // An empty object, and one of many writers.
  const empty = object("");
  assertEquals(await remote.put(empty, files.file(""), "once"), "written");
  const place = files.fresh();
  assert(await remote.get(empty, place) !== undefined);
  assertEquals(Deno.readTextFileSync(place), "");
  const race = named("manifest", "race");
  const outcomes = await Promise.all(
    Array.from(
      { length: 20 },
      (_, n) => (n % 2 ? remote : other).put(race, files.file(`writer ${n}`), "once"),
    ),
  );
  assertEquals(outcomes.filter((outcome) => outcome === "written").length, 1);

  // Replace, and replace what was read.
  const attestations = named("attestations", "a");
  const read = async () => {
    const path = files.fresh(), version = await remote.get(attestations, path);
    return { version: version!, text: Deno.readTextFileSync(path) };
  };
  assertEquals(await remote.put(attestations, files.file("1"), "replace"), "written");
  const { version } = await read();
  assertEquals(await other.put(attestations, files.file("2"), { match: version }), "written");
  assertEquals(await remote.put(attestations, files.file("3"), { match: version }), "lost");
  const second = await read();
  assertEquals(second.text, "2");
  assert(second.version !== version);
  assertEquals(await remote.put(attestations, files.file("4"), "replace"), "written");
  assertEquals((await read()).text, "4");
  const gone = named("attestations", "gone");
  assertEquals(await remote.put(gone, files.file("5"), { match: version }), "lost");
  const matches = await read();
  const swaps = await Promise.all(
    Array.from(
      { length: 8 },
      (_, n) =>
        (n % 2 ? remote : other).put(attestations, files.file(`swap ${n}`), {
          match: matches.version,
        }),
    ),
  );
  assertEquals(swaps.filter((outcome) => outcome === "written").length, 1);

  // Kinds are apart, though some share a folder.
  const attempt = named("attempt", "a");
  assertEquals(await remote.put(attempt, files.file("{}"), "replace"), "written");
  const kinds = async (kind: RemoteName["kind"]) =>
    (await all(other.list(kind))).map(({ name }) => name);
  assertEquals(await kinds("manifest"), [race]);
  assertEquals(await kinds("attestations"), [attestations]);
  assertEquals(await kinds("attempt"), [attempt]);
  assertEquals((await kinds("object")).length, 2);
  const [entry] = (await all(remote.list("object"))).filter(({ size }) => size > 0);
  assertEquals([entry.name, entry.size], [name, 5]);
  assert(Math.abs(entry.written - Date.now()) < 60_000);

  // More than one part, and removal.
  const large = new Uint8Array(2 * PART + 4321);
  for (let at = 0; at < large.length; at += 4096) large[at] = at >> 12;
  const big = object(large), path = files.fresh();
  assertEquals(await remote.put(big, files.file(large), "once"), "written");
  assertEquals(await remote.put(big, files.file(large), "once"), "lost");
  await other.get(big, path);
  assertEquals(await digestOfFile(path), (big as { digest: Digest }).digest);
  assertEquals(await remote.unfinished(), []);
  await remote.remove(big);
  await remote.remove(big);
  assertEquals([...await other.has([big])], []);

  // What is given up.
  const aborted = AbortSignal.abort(new Error("enough"));
  if (remote.place.startsWith("s3:")) {
    const nothing = files.fresh();
    await assertRejects(() => remote.get(name, nothing, aborted), Error, "enough");
    assertEquals(statIfPresent(nothing), undefined);
  }
}

const openAt = (server: S3Server, prefix: string, endpoint?: string, part = PART) => () =>
  openS3(s3Settings(server.url(prefix, endpoint), () => undefined), {
    ...{ environment: (name) => server.keys[name], patience: HASTY, part },
  });

permitted("openRemoteFolder() keeps the contract of a remote", async () => {
  using files = withFiles();
  const folder = files.fresh();
  Deno.mkdirSync(folder);
  await holdsContract(() => openRemoteFolder(folder));
});

permitted({
  name: `openS3() keeps the contract of a remote ${S3_PROGRAM ? "" : NO_S3}`.trim(),
  ignore: !S3_PROGRAM,
  async fn() {
    await using server = await startS3();
    await holdsContract(openAt(server, "a/prefix"));
    await using proxy = startFaultProxy(server.host);
    // Each third request fails at first, each in another way.
    const faults = [
      { kind: "answer", status: 503, code: "SlowDown" },
      { kind: "cut" },
      { kind: "answer", status: 500, code: "InternalError" },
      { kind: "flip up" },
      { kind: "truncate up" },
    ] as const;
    const failed = new Set<string>();
    proxy.fault = ({ method, target, headers }, index) => {
      const once = `${method} ${target} ${headers.get("x-amz-content-sha256")}`;
      if (index % 3 > 0 || failed.has(once)) return undefined;
      failed.add(once);
      // An upload whose beginning is not answered stays, for "fsck --remote" to name.
      const begins = method === "POST" && target.includes("?uploads");
      return faults[begins ? 0 : failed.size % faults.length];
    };
    await holdsContract(openAt(server, "faulty", proxy.endpoint));
    assert(failed.size > 10);
  },
});

permitted({
  name: `openApart() keeps the contract of a remote ${S3_PROGRAM ? "" : NO_S3}`.trim(),
  ignore: !S3_PROGRAM,
  async fn() {
    await using server = await startS3();
    const folder = Deno.makeTempDirSync({ prefix: "remote_" }), opened: Remote[] = [];
    const environment = (name: string) => server.keys[name] ?? Deno.env.get(name);
    const settings = s3Settings(server.url("p"), environment);
    const open = () => {
      for (const [name, value] of Object.entries(server.keys)) Deno.env.set(name, value);
      const { place, where } = openS3(settings);
      const remote = { place, where, ...openApart(settings, { environment, folder, onNote() {} }) };
      for (const name of Object.keys(server.keys)) Deno.env.delete(name);
      opened.push(remote);
      return remote;
    };
    try {
      await holdsContract(open, folder);
      // A file of this machine that must not be touched, and a process that is gone.
      const [remote] = opened, name = object("x");
      await assertRejects(() => remote.put(name, "/etc/hostname", "once"), LocalError);
      await remote.close?.();
      await assertRejects(() => remote.has([name]), Error, "its process ended (exit code 0)");
    } finally {
      for (const remote of opened) await remote.close?.();
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
