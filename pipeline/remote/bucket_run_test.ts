import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { startFaultProxy } from "../../tests/fault_proxy.ts";
import { type S3Server, withS3 } from "../../tests/s3_server.ts";
import { type Fixture, makeFixture, openFixture } from "../_fixture.ts";
import { addAttestation, attestations } from "../store/attestation.ts";
import { filesBelow } from "../store/files.ts";
import type { Manifest } from "../store/manifest.ts";
import { TOLERANCE } from "../verify/compare.ts";
import { openRemoteCache } from "./cache.ts";
import { commandLine, openApart } from "./s3/apart.ts";
import { openS3 } from "./s3/s3.ts";
import { s3Settings } from "./s3/settings.ts";
import type { Remote } from "./remote.ts";

const withBucket = (
  name: string,
  work: (fixture: Fixture, server: S3Server) => Promise<void>,
) =>
  withS3(name, async (server) => {
    using fixture = makeFixture();
    await work(fixture, server);
  });

const ALL = ["number", "parity", "report"];

/** Opens the bucket, with all the time that a server needs. */
function openAt(server: S3Server, endpoint?: string, silence = 60_000): Remote {
  const environment = (name: string) => server.keys[name];
  return openS3(s3Settings(server.url("p", endpoint), environment), {
    environment,
    patience: { tries: 3, pause: 5, silence },
  });
}

/** Runs as a new process of one of several machines does, each with its own store. */
async function runAt(
  fixture: Fixture,
  machine: string,
  remote: Remote,
  value = 3,
  count = 3,
) {
  const { run, store, assess, ...opened } = openFixture(fixture.root, join(fixture.root, machine));
  const cells = opened.cells({ value }).slice(0, count);
  const notes: string[] = [];
  const onEvent = (event: { kind: string; text?: string }) => {
    if (event.kind === "note") notes.push(event.text!);
  };
  const result = await run(cells, { remote: openRemoteCache(remote, store, onEvent) });
  const manifest = (await assess(cells)).get(cells.at(-1)!.id)!.manifest!;
  return { ran: result.ran, notes, store, manifest };
}

function attest(store: Fixture["store"], { cell, key, outputs }: Manifest, date: string): void {
  const { digest } = outputs["value.txt"];
  addAttestation(store, {
    ...{ cell, key, verdict: "identical", date, tolerance: TOLERANCE, provenance: {} },
    outputs: { "value.txt": { kind: "identical", recorded: digest, again: digest } },
    metrics: { kind: "identical" },
  });
}

/** Copies a store into the bucket: by rclone where it is there, else behind the server's back. */
async function copied(server: S3Server, store: string, prefix: string): Promise<void> {
  const to = `:s3,provider=Other,env_auth=true,endpoint="${server.endpoint}":bucket/${prefix}`;
  const env = {
    ...server.keys,
    AWS_REGION: "us-east-1",
    RCLONE_CONFIG: "/dev/null",
    AWS_CA_BUNDLE: "",
  };
  try {
    const { success, stderr } = await new Deno.Command("rclone", {
      args: ["copy", "--quiet", store, to],
      env,
    }).output();
    assert(success, new TextDecoder().decode(stderr));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    const args = ["-r", store, join(server.folder, prefix)];
    assert((await new Deno.Command("cp", { args }).output()).success);
  }
}

withBucket(
  "run() shares cells by a bucket, and asks nothing that it knows",
  async (fixture, server) => {
    await using proxy = startFaultProxy(server.host);
    const remote = () => openAt(server, proxy.endpoint);
    const count = async (work: () => Promise<unknown>) => {
      const before = proxy.seen.length;
      await work();
      return proxy.seen.length - before;
    };
    assertEquals((await runAt(fixture, "a", remote())).ran, ALL);
    assertEquals(await count(() => runAt(fixture, "a", remote())), 0);
    const second = await runAt(fixture, "b", remote());
    assertEquals([second.ran, second.notes.length], [[], 3]);
    assertEquals(await count(() => runAt(fixture, "b", remote())), 0);
    // A copy of a store is a remote, and one that was copied out is a store.
    await copied(server, join(fixture.root, "a"), "q");
    const environment = (name: string) => server.keys[name];
    const copy = openS3(s3Settings(server.url("q"), environment), { environment });
    assertEquals((await runAt(fixture, "c", copy)).ran, []);

    // Emptied: noticed when something is asked, and filled again.
    server.lose("p");
    assertEquals(await count(() => runAt(fixture, "a", remote())), 0);
    assertEquals((await runAt(fixture, "a", remote(), 5)).ran, ["number", "parity"]);
    assertEquals((await runAt(fixture, "d", remote(), 5)).ran, []);

    // A manifest without its object is refused and mended; an object without a manifest is nothing.
    server.lose("p/objects");
    const mended = await runAt(fixture, "e", remote(), 5, 1);
    assertEquals(mended.ran, ["number"]);
    assertMatch(mended.notes.join("\n"), /refused from the remote store: "s3:.*is missing/);
    assertEquals((await runAt(fixture, "f", remote(), 5, 1)).ran, []);
    server.lose("p/manifests");
    assertEquals((await runAt(fixture, "g", remote(), 5, 1)).ran, ["number"]);

    // A byte that changes on its way is noticed here.
    proxy.fault = ({ method, target }) =>
      method === "GET" && target.includes("objects/") ? { kind: "flip" } : undefined;
    const flipped = await runAt(fixture, "h", remote(), 5, 1);
    assertEquals(flipped.ran, ["number"]);
    assertMatch(flipped.notes.join("\n"), /\(value.txt\) is not what its name says/);

    // Emptied while it runs: between what is looked for and what is taken.
    proxy.fault = ({ method, target }) => {
      if (method === "GET" && target.includes("objects/")) server.lose("p");
      return undefined;
    };
    const during = await runAt(fixture, "i", remote(), 5, 1);
    assertEquals([during.ran, during.notes.filter((note) => /^Cannot/.test(note))], [
      ["number"],
      [],
    ]);
    proxy.fault = () => undefined;
    assertEquals((await runAt(fixture, "j", remote(), 5, 1)).ran, []);
  },
);

withBucket("run() that is interrupted waits for no bucket", async (fixture, server) => {
  await using proxy = startFaultProxy(server.host);
  await runAt(fixture, "full", openAt(server));
  /** Interrupts a run of a new machine by the first request that a pattern fits. */
  const interruptedBy = async (fits: RegExp, machine: string, value = 3) => {
    const interruption = new AbortController(), notes: string[] = [];
    proxy.fault = ({ method, target }) => {
      if (!fits.test(`${method} ${target}`)) return undefined;
      interruption.abort();
      return { kind: "silent" };
    };
    const { run, store, cells } = openFixture(fixture.root, join(fixture.root, machine));
    const bucket = openAt(server, proxy.endpoint, 3_600_000), { signal } = interruption;
    const remote = openRemoteCache(bucket, store, ({ text }) => {
      if (!/taken from the remote store/.test(text)) notes.push(text);
    });
    const running = run(cells({ value }), { remote, signal });
    await Promise.race([
      running,
      new Promise((go) => signal.addEventListener("abort", go)),
    ]);
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<never>((_, fail) => {
      timer = setTimeout(() => fail(new Error(`${fits} is waited for`)), 60_000);
    });
    const { interrupted, ran } = await Promise.race([running, late]);
    clearTimeout(timer);
    return [interrupted, ran, notes];
  };
  assertEquals(await interruptedBy(/./, "a"), [true, [], []], "the first question");
  assertEquals(await interruptedBy(/GET .*code/, "b"), [true, [], []], "what goes with a cell");
  assertEquals(await interruptedBy(/PUT/, "c", 4), [true, ["number"], []], "what is given");
});

withBucket("run() loses no attestation of two machines at once", async (fixture, server) => {
  const remote = () => openAt(server), names = ["a", "b"];
  await runAt(fixture, "a", remote());
  await runAt(fixture, "b", remote());
  for (let round = 0; round < 3; round++) {
    await Promise.all(names.map(async (name) => {
      const { store, manifest } = await runAt(fixture, name, remote());
      attest(store, manifest, `2026-01-0${round + 1}${name}`);
      await runAt(fixture, name, remote());
    }));
  }
  const { store, manifest } = await runAt(fixture, "c", remote());
  assertEquals(
    attestations(store, manifest.key).map(({ date }) => date),
    [1, 2, 3].flatMap((day) => names.map((name) => `2026-01-0${day}${name}`)),
  );
});

withBucket(
  "openApart() reaches a bucket from a process without network",
  async (fixture, server) => {
    const environment = (name: string) => ({ ...Deno.env.toObject(), ...server.keys })[name];
    const settings = s3Settings(server.url("p"), environment), folder = join(fixture.root, "a");
    Deno.mkdirSync(folder);
    const line = commandLine(settings, { environment, folder, onNote: () => {} });
    assert(line.includes(`--allow-net=${server.host}`) && !line.includes("--allow-run"));
    for (const [name, value] of Object.entries(server.keys)) Deno.env.set(name, value);
    const remote = openApart(settings, { environment, folder, onNote: () => {} });
    for (const name of Object.keys(server.keys)) Deno.env.delete(name);
    try {
      const opened = { ...openAt(server), ...remote };
      const { ran, store, manifest } = await runAt(fixture, "a", opened);
      assertEquals(ran, ALL);
      assertEquals([...await opened.has([{ kind: "manifest", key: manifest.key }])].length, 1);
      const kept = [];
      for await (const { size } of opened.list("object")) kept.push(size);
      assertEquals([kept.length, await opened.unfinished()], [3, []]);
      // The keys are nowhere: not on a command line, not in what was written.
      const secret = server.keys.AWS_SECRET_ACCESS_KEY;
      const ps = await new Deno.Command("ps", { args: ["-eo", "args"] }).output();
      assert(!new TextDecoder().decode(ps.stdout).includes(secret));
      for (const path of [...filesBelow(store.folder), ...filesBelow(server.folder)]) {
        assert(!Deno.readTextFileSync(path).includes(secret), path);
      }
    } finally {
      await remote.close?.();
    }
    assertEquals((await runAt(fixture, "b", openAt(server))).ran, []);
  },
);

withBucket("openS3() killed in a multipart leaves nothing to see", async (fixture, server) => {
  const part = 5 * 2 ** 20, path = join(fixture.root, "large");
  await using proxy = startFaultProxy(server.host);
  const begun = Promise.withResolvers<void>();
  proxy.fault = ({ target }) => {
    if (!target.includes("partNumber=2")) return undefined;
    begun.resolve();
    return { kind: "silent" };
  };
  Deno.writeFileSync(path, new Uint8Array(2 * part));
  const name = { kind: "object", digest: "ab".repeat(32) };
  const url = server.url("p", proxy.endpoint), module = import.meta.resolve("./s3/s3.ts");
  const code = `import { openS3 } from "${module}";
    import { s3Settings } from "${import.meta.resolve("./s3/settings.ts")}";
    const settings = s3Settings(${JSON.stringify(url)}, () => undefined);
    await openS3(settings, { part: ${part} }).put(${JSON.stringify(name)}, "${path}", "once");`;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-lock", code],
    cwd: new URL("../..", import.meta.url),
    env: server.keys,
    stdout: "null",
  }).spawn();
  await begun.promise;
  child.kill("SIGKILL");
  await child.status;
  const remote = openAt(server), seen = [];
  for await (const entry of remote.list("object")) seen.push(entry);
  const [left, ...more] = await remote.unfinished();
  assertEquals([seen, more], [[], []]);
  assertEquals(left.where, `s3://bucket/p/objects/ab/${"ab".repeat(32)}`);
  assert(Math.abs(left.begun - Date.now()) < 60_000);
  await left.discard();
  assertEquals(await remote.unfinished(), []);
});
