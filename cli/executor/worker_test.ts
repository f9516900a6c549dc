import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { STANDS_STILL } from "../../pipeline/_fixture.ts";
import { bundleModule } from "../../pipeline/bundle/bundle_code.ts";
import {
  attemptAt,
  freezeCells,
  makeNodeFixture,
  tasksOf,
  valueOf,
  worksOf,
} from "../../pipeline/executor/_fixture.ts";
import { openRemoteCache } from "../../pipeline/remote/cache.ts";
import { openS3 } from "../../pipeline/remote/s3/s3.ts";
import { s3Settings } from "../../pipeline/remote/s3/settings.ts";
import { filesBelow } from "../../pipeline/store/files.ts";
import { openStore } from "../../pipeline/store/store.ts";
import { selfExtracting } from "../../pipeline/executor/self_extracting.ts";
import { ROOT } from "../common/root.ts";
import { readWorker } from "./worker_options.ts";
import { MAY_MOUNT, sh } from "../../tests/mount.ts";
import { permitted } from "../../tests/permitted.ts";
import { NO_S3, S3_PROGRAM, startS3 } from "../../tests/s3_server.ts";

/** The small repository with the real worker. */
async function withRealWorker() {
  const fixture = makeNodeFixture();
  const program = join(fixture.root, "worker.ts");
  await bundleModule(ROOT, join(ROOT, "cli/executor/worker.ts"), program);
  return fixture;
}

/** A cell that stands still once, frozen with the real worker; all of it in one folder. */
async function prepared() {
  const fixture = await withRealWorker(), { root, store } = fixture;
  fixture.write("number.ts", STANDS_STILL);
  const cells = fixture.cells().slice(0, 1), frozen = await freezeCells(fixture, cells);
  const [work] = await worksOf(fixture, cells, ["number"]), tasks = tasksOf(frozen, [work]);
  const path = join(root, "tasks.json");
  Deno.writeTextFileSync(path, JSON.stringify(tasks));
  /** Starts the worker in an environment that has nothing else. */
  const start = (more: Record<string, string> = {}, script = join(frozen.folder, "run.sh")) =>
    new Deno.Command("/bin/sh", {
      args: [script, "--deno", Deno.execPath(), "--tasks", path, "--store", store.folder],
      env: { SMOOTHNESS_TASK: "0", TMPDIR: root, ...more },
      clearEnv: true,
      ...{ stdin: "null", stdout: "piped", stderr: "piped" },
    }).spawn();
  return { fixture, root, store, frozen, work, tasks, start };
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** Waits until a file is there, or something else holds. */
async function until(holds: () => boolean): Promise<void> {
  for (let n = 0; !holds(); n++) {
    assert(n < 600, "waited for a minute");
    await new Promise((go) => setTimeout(go, 100));
  }
}

const exists = (path: string) => {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
};

permitted("worker: run.sh needs no environment; what a signal or a kill ends goes on", async () => {
  const { fixture, store, work, start, frozen } = await prepared();
  using _ = fixture;
  const mark = join(store.work(work.key), "state", "mark");
  const slurm = { SLURM_ARRAY_JOB_ID: "47", SLURM_ARRAY_TASK_ID: "3", SLURMD_NODENAME: "n2" };
  const first = start(slurm);
  await until(() => exists(mark));
  first.kill("SIGUSR1");
  const ended = await first.output();
  assertEquals([ended.code, textOf(ended.stderr)], [75, ""]);
  assertStringIncludes(textOf(ended.stdout), "Asked to stop: checkpoints are kept\n");
  const { attempt, node, outcome } = attemptAt(store, work)!;
  assertEquals([attempt, node, outcome.kind], ["47_3-0", "n2", "interrupted"]);

  Deno.removeSync(mark);
  const killed = start();
  await until(() => exists(mark));
  killed.kill("SIGKILL");
  await killed.output();
  assertEquals(attemptAt(store, work)!.attempt, "47_3-0"); // it could not say a word
  const second = await start({ ...slurm, SLURM_RESTART_COUNT: "2" }).output();
  assertEquals([second.code, textOf(second.stderr)], [0, ""]);
  assertMatch(textOf(second.stdout), /^number: going on from half\nnumber: done in /m);
  assertEquals(valueOf(store, work), "2");
  const { provenance } = store.manifest(work.key)!;
  assertEquals(provenance.attempt, "47_3-2");
  assertEquals([provenance.host, provenance.executor], ["n2", "local"]);

  // A node that cannot work says so, and its exit code too.
  const wrong = await start({ SMOOTHNESS_TASK: "1" }).output();
  assertEquals(wrong.code, 2);
  assertStringIncludes(textOf(wrong.stderr), "Cannot run task 1: wave 0123456789ab has 1");
  Deno.removeSync(join(frozen.folder, "frozen.json"));
  const broken = await start().output();
  assertEquals(broken.code, 74);
  assertMatch(textOf(broken.stderr), /^Cannot use the frozen code ".*": frozen.json is missing/);
});

permitted({
  name: "worker: a full disk is said in one line, leaves nothing half written, and is no failure" +
    (MAY_MOUNT ? "" : " (skipped: mounting is not allowed)"),
  ignore: !MAY_MOUNT,
  async fn() {
    using fixture = await withRealWorker();
    const large = 'import { text } from "./text.ts";\n' + STANDS_STILL.replace('"2"', "text");
    fixture.write("number.ts", large);
    fixture.write("text.ts", 'export const text = "2".repeat(1 << 20);');
    const { root } = fixture, cells = fixture.cells().slice(0, 1), disk = join(root, "disk");
    const frozen = await freezeCells(fixture, cells), path = join(root, "tasks.json");
    const works = await worksOf(fixture, cells, ["number"]), [work] = works;
    Deno.writeTextFileSync(path, JSON.stringify(tasksOf(frozen, works)));
    Deno.mkdirSync(disk);
    assert(sh(`mount -t tmpfs -o size=512k none ${disk}`));
    try {
      const store = openStore(disk);
      Deno.mkdirSync(join(store.work(work.key), "state"), { recursive: true });
      Deno.writeTextFileSync(join(store.work(work.key), "state", "mark"), "half");
      const run = async () => {
        const { code, stderr } = await new Deno.Command("/bin/sh", {
          args: [
            ...[join(frozen.folder, "run.sh"), "--deno", Deno.execPath()],
            ...["--tasks", path, "--store", disk],
          ],
          env: { SMOOTHNESS_TASK: "0", TMPDIR: root },
          clearEnv: true,
        }).output();
        return [code, textOf(stderr)] as const;
      };
      const [code, text] = await run();
      assertEquals(code, 74, text);
      assertMatch(text, /^Cannot [^\n]*: the disk is full[^\n]*\n$/);
      assertEquals(filesBelow(disk).filter((name) => name.endsWith(".tmp")), []);
      assertEquals([store.manifest(work.key), attemptAt(store, work)], [undefined, undefined]);
      assert(sh(`mount -o remount,size=8m ${disk}`));
      assertEquals(await run(), [0, ""]);
    } finally {
      sh(`umount -l ${disk}`);
    }
  },
});

permitted(
  "worker: a self-extracting script unpacks once, by however many it is begun",
  async () => {
    const { fixture, root, store, frozen, work, tasks } = await prepared();
    using _ = fixture;
    const text = await selfExtracting({
      ...{ folder: frozen.folder, tasks, deno: Deno.execPath() },
      arguments: ["--remote", store.folder],
    });
    const temporary = join(root, "a node's"), script = join(root, "script");
    Deno.mkdirSync(temporary);
    Deno.writeTextFileSync(script, text);
    const start = () =>
      new Deno.Command("/bin/sh", {
        args: [script],
        cwd: root,
        env: { SMOOTHNESS_TASK: "0", SLURM_TMPDIR: temporary },
        clearEnv: true,
        ...{ stdin: "null", stdout: "piped", stderr: "piped" },
      }).output();
    const [base] = [join(temporary, `smoothness-${Deno.uid()}`)];
    const own = openStore(join(base, "store"));
    Deno.mkdirSync(join(own.work(work.key), "state"), { recursive: true });
    Deno.writeTextFileSync(join(own.work(work.key), "state", "mark"), "half");
    const both = await Promise.all([start(), start()]);
    assertEquals(both.map(({ code, stderr }) => [code, textOf(stderr)]), [[0, ""], [0, ""]]);
    assertEquals(valueOf(store, work), "2");
    const names = [...Deno.readDirSync(base)].map(({ name }) => name);
    assertEquals(names.map((name) => name.replace(/[0-9a-f]{32}/, "#")).sort(), [
      ...["#", "deno", "store", "tasks-#.json"],
    ]);
    const place = names.find((name) => /^[0-9a-f]{32}$/.test(name))!;
    const tasksFile = names.find((name) => name.startsWith("tasks-"))!;
    // What a cleaner of temporary files took away is unpacked again, once, and what is old goes.
    const long = new Date(Date.now() - 40 * 24 * 3_600_000);
    const printed = ["smoothness-0123456789ab-3.out", "others.out"].map((name) => join(root, name));
    for (const path of [join(base, "new.abcdef"), ...printed]) {
      Deno.writeTextFileSync(path, "");
      Deno.utimeSync(path, long, long);
    }
    Deno.utimeSync(join(base, "store"), long, long);
    Deno.utimeSync(join(base, tasksFile), long, long);
    Deno.removeSync(join(base, place, "worker.js"));
    for (const _ of ["unpacks", "finds"]) assertEquals((await start()).code, 0);
    const left = [...Deno.readDirSync(base)].map(({ name }) => name).sort();
    assertEquals(left, [...names, `${place}+`].sort());
    assertEquals(printed.map(exists), [false, true]);
    Deno.writeTextFileSync(
      script,
      text.replace(/\n[A-Za-z0-9+/]{76}\n/, (line) => line.toLowerCase()),
    );
    Deno.removeSync(base, { recursive: true });
    const damaged = await start();
    assertEquals(damaged.code, 74);
    assertMatch(
      textOf(damaged.stderr),
      /^Cannot unpack to ".*": its SHA-256 is not [0-9a-f]{64}; /,
    );
  },
);

permitted({
  name: "worker: a node that shares no disk takes inputs from a bucket and gives what it has" +
    (S3_PROGRAM ? "" : ` ${NO_S3}`),
  ignore: !S3_PROGRAM,
  async fn() {
    await using server = await startS3();
    using fixture = await withRealWorker();
    const { root, store } = fixture, cells = fixture.cells();
    await fixture.run(cells.slice(0, 1));
    const frozen = await freezeCells(fixture, cells);
    const works = await worksOf(fixture, cells, ["parity"]), [work] = works;
    const text = await selfExtracting({
      ...{ folder: frozen.folder, tasks: tasksOf(frozen, works), deno: Deno.execPath() },
      arguments: ["--remote", server.url("p")],
    });
    const environment = (name: string) => server.keys[name];
    const remote = openS3(s3Settings(server.url("p"), environment), { environment });
    const run = async () => {
      const child = new Deno.Command("/bin/sh", {
        env: { SMOOTHNESS_TASK: "0", TMPDIR: root, ...server.keys },
        clearEnv: true,
        ...{ stdin: "piped", stdout: "piped", stderr: "piped" },
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(text));
      await writer.close();
      const { code, stdout, stderr } = await child.output();
      const attempt = join(root, `attempt-${crypto.randomUUID()}`);
      await remote.get({ kind: "attempt", key: work.key }, attempt);
      const { outcome } = JSON.parse(Deno.readTextFileSync(attempt));
      return { code, text: textOf(stdout) + textOf(stderr), outcome };
    };
    // The input is not there: no attempt can mend that.
    const lacking = await run();
    assertEquals([lacking.code, lacking.outcome.kind], [1, "failure"], lacking.text);
    const cache = openRemoteCache(remote, store, () => {});
    await cache.push(store.manifest(work.inputs.number)!);
    const second = await run();
    assertEquals([second.code, second.outcome.kind], [0, "finished"], second.text);
    assertEquals(Object.values(server.keys).some((key) => second.text.includes(key)), false);
    await cache.pull(cells[1], work.key);
    assertEquals(valueOf(store, work), "1");
    assertEquals((await run()).outcome.kind, "cached");
  },
});

Deno.test("readWorker() names attempts as Slurm names tasks", () => {
  const args = ["/frozen", "--tasks", "/tasks.json", "--store", "/store"];
  const attempt = (environment: Record<string, string>) =>
    readWorker(
      args,
      (name) => ({ SMOOTHNESS_TASK: "4", SLURMD_NODENAME: "n1", ...environment })[name],
    )!
      .attempt;
  assertEquals(attempt({ SLURM_JOB_ID: "9" }), "9-0");
  assertEquals(attempt({ SLURM_JOB_ID: "9", SLURM_RESTART_COUNT: "1" }), "9-1");
  const array = { SLURM_JOB_ID: "9", SLURM_ARRAY_JOB_ID: "7", SLURM_ARRAY_TASK_ID: "2" };
  assertEquals(attempt(array), "7_2-0");
  assertEquals(attempt({ ...array, SMOOTHNESS_ATTEMPT: "x-3" }), "x-3");
  assertEquals(attempt({}), `n1.${Deno.pid}-0`);
});
