import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Fixture, openFixture } from "../pipeline/_fixture.ts";
import { filesBelow, readJson, statIfPresent } from "../pipeline/store/files.ts";
import type { Owner } from "../pipeline/store/owner.ts";
import { fsck } from "../pipeline/upkeep/fsck.ts";
import { cellsOf, fleetRun, type FleetRunOptions, makeFleetFixture } from "./fleet_run.ts";
import { PERMITTED } from "./permitted.ts";
import { NO_S3, S3_PROGRAM, startS3 } from "./s3_server.ts";
import { NO_SLURM, startCluster } from "./slurm/cluster.ts";

const PROGRAM = fileURLToPath(new URL("fleet_run.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../", import.meta.url));

/** A run in a process of its own, which can be killed. */
function startRun(options: FleetRunOptions, env: Record<string, string> = {}) {
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--no-lock", `--config=${ROOT}deno.json`, PROGRAM].concat(
      JSON.stringify(options),
    ),
    ...{ env, stdin: "null", stdout: "piped", stderr: "inherit" },
  }).spawn();
}

/** Reads what a run prints until a line matches. */
async function until(stdout: ReadableStream<Uint8Array<ArrayBuffer>>, pattern: RegExp) {
  let text = "";
  const reader = stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (!pattern.test(text)) {
    const { value, done } = await reader.read();
    assert(!done, `the run ended without ${pattern}: ${text}`);
    text += value;
  }
  return { text, reader };
}

const outputsOf = async (fixture: Fixture, options: FleetRunOptions) =>
  [...(await fixture.assess(cellsOf(fixture, options))).values()]
    .map(({ key, manifest }) => [key, manifest?.outputs]);

/** Holds a store against one that this process made by itself. */
async function assertSameAsHere(fixture: Fixture, options: FleetRunOptions): Promise<void> {
  const here = openFixture(fixture.root, join(fixture.root, "here"));
  if (options.hang !== undefined) {
    // Here it is not to stand still.
    const { key } = (await here.assess(cellsOf(here, options))).get(options.hang)!;
    const state = join(here.store.work(key!), "state");
    Deno.mkdirSync(state, { recursive: true });
    Deno.writeTextFileSync(join(state, "mark"), "");
  }
  await here.run(cellsOf(here, options), { jobs: 2 });
  assertEquals(await outputsOf(fixture, options), await outputsOf(here, options));
  const { findings } = await fsck(fixture.store);
  assertEquals(findings.filter(({ fault }) => fault), []);
}

Deno.test({
  name: "executors: local, a killed command finds what it handed over, and the digests are equal",
  ignore: !PERMITTED,
  async fn() {
    using fixture = await makeFleetFixture();
    const options: FleetRunOptions = {
      ...{ root: fixture.root, executor: "local", many: 4, hang: "sum:2" },
      times: { patience: 600_000 },
    };
    const first = startRun(options);
    const { reader } = await until(first.stdout, /started.*sum:2/);
    first.kill("SIGKILL");
    await reader.cancel();
    await first.status;
    const { key } = (await fixture.assess(cellsOf(fixture, options))).get("sum:2")!;
    // It stands still on: this command waits for it as for one of its own, until it is ended.
    let over = false;
    const second = fleetRun(fixture, options).finally(() => over = true);
    for (let killed = false; !killed && !over;) {
      await new Promise((go) => setTimeout(go, 50));
      const worker = readJson<Owner>(fixture.store.lease(key!))?.worker;
      const stands = statIfPresent(join(fixture.store.work(key!), "state", "mark")) !== undefined;
      killed = worker !== undefined && stands;
      if (killed) Deno.kill(worker!, "SIGKILL");
    }
    const { failed, notes } = await second; // the others have run under either command
    assert(notes.some((note) => note.startsWith("Found ")), notes.join("\n"));
    assertEquals(failed, ["sum:2"], notes.join("\n"));
    const again = await fleetRun(fixture, options);
    assertEquals([again.failed, again.ran], [[], ["sum:2"]]);
    await assertSameAsHere(fixture, options);
  },
});

/** Cells on nodes that reach this store by a bucket alone, whose keys they have of their own. */
async function onBucket(): Promise<void> {
  await using server = await startS3();
  using fixture = await makeFleetFixture();
  const before = Deno.env.get("HOME"), aws = join(fixture.root, ".aws");
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = server.keys;
  Deno.mkdirSync(aws);
  Deno.writeTextFileSync(
    join(aws, "credentials"),
    `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
  );
  Deno.env.set("HOME", fixture.root);
  try {
    const options: FleetRunOptions = {
      ...{ root: fixture.root, executor: "slurm", many: 3 },
      // Nodes keep what they have finished: these are new.
      first: crypto.getRandomValues(new Uint32Array(1))[0],
      bucket: { url: server.url("cells"), environment: server.keys },
    };
    const { ran, failed, notes } = await fleetRun(fixture, options);
    assertEquals([failed, ran.length], [[], 3], notes.join("\n"));
    await assertSameAsHere(fixture, options);
    const scripts = filesBelow(join(fixture.root, "artifacts"))
      .filter((path) => Deno.readTextFileSync(path).includes(secret));
    assertEquals(scripts, []);
  } finally {
    if (before === undefined) Deno.env.delete("HOME");
    else Deno.env.set("HOME", before);
  }
}

Deno.test({
  name: `executors: Slurm${NO_SLURM === undefined ? "" : ` (skipped: ${NO_SLURM})`}`,
  ignore: NO_SLURM !== undefined,
  async fn(t) {
    await using cluster = await startCluster({ nodes: 3 });
    const before = Deno.env.get("SLURM_CONF");
    Deno.env.set("SLURM_CONF", cluster.environment.SLURM_CONF);
    try {
      await t.step("a pipeline on three nodes leaves what one process leaves", async () => {
        using fixture = await makeFleetFixture();
        const options: FleetRunOptions = { root: fixture.root, executor: "slurm" };
        const { ran, failed, notes } = await fleetRun(fixture, options);
        assertEquals([failed, ran.length], [[], 21], notes.join("\n"));
        await assertSameAsHere(fixture, options);
        assertEquals([...Deno.readDirSync(join(fixture.store.folder, "work/waves"))].length, 1);
      });
      await t.step("a controller that is away for a while is waited for", async () => {
        using fixture = await makeFleetFixture();
        const options: FleetRunOptions = {
          root: fixture.root,
          executor: "slurm",
          many: 8,
          places: 2,
        };
        let away: Promise<void> | undefined;
        const { ran, failed } = await fleetRun(fixture, options, {
          onEvent(event) {
            if (event.kind !== "started" || away !== undefined) return;
            Deno.kill(cluster.pid("slurmctld"), "SIGKILL");
            away = new Promise((go) => setTimeout(go, 1_500)).then(() =>
              cluster.start("slurmctld")
            );
          },
        });
        await away;
        assertEquals([failed, ran.length], [[], 8]);
        await assertSameAsHere(fixture, options);
      });
      await t.step({
        name: `nodes that share a bucket and no disk${S3_PROGRAM === undefined ? ` ${NO_S3}` : ""}`,
        ignore: S3_PROGRAM === undefined,
        fn: () => onBucket(),
      });
    } finally {
      if (before === undefined) Deno.env.delete("SLURM_CONF");
      else Deno.env.set("SLURM_CONF", before);
    }
  },
});
