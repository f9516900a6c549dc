import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { makeFixture, SOURCES } from "../_fixture.ts";
import { readJson } from "../store/files.ts";
import { acquire } from "../store/lease.ts";
import { type Owner, processAlive } from "../store/owner.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { permitted } from "../../tests/permitted.ts";

permitted("run() runs all cells once and then none", async () => {
  using fixture = makeFixture();
  const first = await fixture.run(fixture.cells());
  assertEquals(first.ran, ["number", "parity", "report"]);
  assertEquals(await fixture.read(fixture.cells(), "report"), "parity: 1");
  const second = await fixture.run(fixture.cells());
  assertEquals([second.ran, second.cached], [[], ["number", "parity", "report"]]);
  assertEquals([...Deno.readDirSync(join(fixture.store.folder, "work"))].map(({ name }) => name), [
    ".guard",
  ]);
});

permitted("run() reruns nothing after an edit of comments, types or formatting", async () => {
  using fixture = makeFixture();
  await fixture.run(fixture.cells());
  fixture.write("types.ts", "/** Other words. */\nexport type Divisor = 2 | 3;");
  fixture.write(
    "helper.ts",
    `import type { Divisor } from './types.ts'
    // A comment.
    export function remainder(
      value: number,
      divisor: Divisor = 2,
    ): number { return (value % divisor); }`,
  );
  assertEquals(await fixture.stale(fixture.cells()), []);
});

permitted("run() reruns the users of an edited helper", async () => {
  using fixture = makeFixture();
  await fixture.run(fixture.cells({ value: 5 }));
  fixture.write("helper.ts", "export const remainder = (value: number) => value % 3;");
  const assessed = await fixture.assess(fixture.cells({ value: 5 }));
  assertEquals(assessed.get("number")!.reasons, []);
  assertEquals(assessed.get("parity")!.reasons.map(({ text }) => text), ["code changed"]);
  const { ran } = await fixture.run(fixture.cells({ value: 5 }));
  assertEquals(ran, ["parity", "report"]);
  assertEquals(await fixture.read(fixture.cells({ value: 5 }), "report"), "parity: 2");
});

permitted("run() reuses an earlier run when a parameter is set back", async () => {
  using fixture = makeFixture();
  await fixture.run(fixture.cells({ value: 1 }));
  const changed = fixture.cells({ value: 2 });
  const reasons = [...await fixture.assess(changed)].map(([, { reasons }]) =>
    reasons.map(({ text }) => text)
  );
  assertEquals(reasons, [["value is 2, was 1"], ["number will run"], ["parity will run"]]);
  assertEquals((await fixture.run(changed)).ran, ["number", "parity", "report"]);
  assertEquals((await fixture.run(fixture.cells({ value: 1 }))).ran, []);
  assertEquals((await fixture.run(changed)).ran, []);
});

permitted("run() stops where a recomputed cell leaves what it left before", async () => {
  using fixture = makeFixture();
  await fixture.run(fixture.cells({ value: 1 }));
  const { ran, cached } = await fixture.run(fixture.cells({ value: 3 }));
  assertEquals([ran, cached], [["number", "parity"], ["report"]]);
});

permitted("run() recomputes a damaged object before anyone reads it, and says so", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells({ value: 3 });
  await fixture.run(cells);
  const { manifest } = (await fixture.assess(cells)).get("parity")!;
  const object = fixture.store.object(manifest!.outputs["value.txt"].digest);
  await Deno.chmod(object, 0o644);
  await Deno.writeTextFile(object, "7");
  const changed = fixture.cells({ value: 3, title: "after" });
  const { ran, events } = await fixture.run(changed);
  assertEquals(ran, ["parity", "report"]);
  assertEquals(events.filter(({ kind }) => kind === "damaged"), [
    { kind: "damaged", cell: "parity", output: "value.txt" },
  ]);
  assertEquals(await fixture.read(changed, "report"), "after: 1");
});

permitted(
  "run() recomputes what is missing or has another size without being asked for",
  async () => {
    using fixture = makeFixture();
    const cells = fixture.cells();
    await fixture.run(cells);
    const { manifest } = (await fixture.assess(cells)).get("report")!;
    const object = fixture.store.object(manifest!.outputs["value.txt"].digest);
    await Deno.remove(object);
    assertEquals((await fixture.assess(cells)).get("report")!.reasons, [
      { kind: "output missing", text: "value.txt missing from the store" },
    ]);
    assertEquals((await fixture.run(cells)).ran, ["report"]);
    await Deno.chmod(object, 0o644);
    await Deno.writeTextFile(object, "too long to be it");
    assertEquals((await fixture.assess(cells)).get("report")!.reasons, [
      { kind: "output damaged", text: "value.txt damaged in the store" },
    ]);
    assertEquals((await fixture.run(cells)).ran, ["report"]);
  },
);

permitted("run() keeps a stage from reading what it does not declare", async () => {
  using fixture = makeFixture();
  fixture.write("secret.txt", "secret");
  fixture.write(
    "spy.ts",
    `const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
Deno.writeTextFileSync(job.output + "/value.txt", Deno.readTextFileSync("secret.txt"));`,
  );
  const cell = { id: "spy", stage: fixture.stage("spy"), parameters: {}, inputs: [] };
  const { failed, events } = await fixture.run([cell]);
  assertEquals(failed, ["spy"]);
  const failure = events.find((event) => event.kind === "failed")!;
  assertStringIncludes(failure.tail.join("\n"), 'Requires read access to "secret.txt"');
});

permitted(
  "run() goes on with independent cells after a failure and tells what it left out",
  async () => {
    using fixture = makeFixture();
    fixture.write(
      "broken.ts",
      `console.error("the last words");
console.log(JSON.stringify({ kind: "failure", text: "Loss is NaN in epoch 3" }));
Deno.exit(1);`,
    );
    const broken = { id: "broken", stage: fixture.stage("broken"), parameters: {}, inputs: [] };
    const user: CellDeclaration = {
      id: "user",
      stage: fixture.stage("report"),
      parameters: {},
      inputs: ["broken"],
    };
    const { ran, failed, skipped, events } = await fixture.run([broken, user, ...fixture.cells()]);
    assertEquals([ran, failed, skipped], [["number", "parity", "report"], ["broken"], ["user"]]);
    assertEquals(events.find(({ kind }) => kind === "failed"), {
      kind: "failed",
      cell: "broken",
      text: "Loss is NaN in epoch 3",
      tail: ["the last words"],
    });
  },
);

permitted("run() refuses outputs that a stage does not declare", async () => {
  using fixture = makeFixture();
  const stage = fixture.stage("number", { outputs: ["other.txt"] });
  const { events } = await fixture.run([{ id: "n", stage, parameters: { value: 1 }, inputs: [] }]);
  const failure = events.find((event) => event.kind === "failed")!;
  assertEquals(
    failure.text,
    "Cannot publish the outputs: it did not write other.txt and it wrote value.txt, which it does " +
      "not declare",
  );
});

const SLOW = `const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const state = job.work + "/steps";
let steps = 0;
try { steps = Deno.readTextFileSync(state).length; } catch { /* the first time */ }
console.log(JSON.stringify({ kind: "log", text: "starts at " + steps }));
Deno.writeTextFileSync(job.output + "/value.txt", "half");
for (; steps < 2; steps++) {
  console.log(JSON.stringify({ kind: "progress", done: steps, total: 2 }));
  Deno.writeTextFileSync(state, "x".repeat(steps + 1));
  if (steps === 0 && job.parameters.hang) await new Promise((go) => setTimeout(go, 60_000));
}
Deno.writeTextFileSync(job.output + "/value.txt", "whole");
console.log(JSON.stringify({ kind: "result", metrics: {}, provenance: {} }));`;

permitted("run() leaves nothing half done when interrupted, and resumes", async () => {
  using fixture = makeFixture();
  fixture.write("slow.ts", SLOW);
  const cells = [
    { id: "slow", stage: fixture.stage("slow"), parameters: { hang: true }, inputs: [] },
  ];
  const interruption = new AbortController();
  const { interrupted, ran } = await fixture.run(cells, {
    signal: interruption.signal,
    onEvent: (event) => {
      if (event.kind === "progress") setTimeout(() => interruption.abort(), 100);
    },
  });
  assertEquals([interrupted, ran], [true, []]);
  assertEquals(await fixture.stale(cells), ["slow"]);
  const { events } = await fixture.run(cells);
  assertEquals(events.find((event) => event.kind === "log")!.text, "starts at 1");
  assertEquals(await fixture.read(cells, "slow"), "whole");
});

permitted("run() of two pipelines in one store runs each cell once", async () => {
  using fixture = makeFixture();
  fixture.write("slow.ts", SLOW.replace("60_000", "600"));
  const slow = (id: string) => ({
    id,
    stage: fixture.stage("slow"),
    parameters: { hang: true, id },
    inputs: [],
  });
  const cells = [slow("a"), slow("b")];
  const [one, two] = await Promise.all([fixture.run(cells), fixture.run(cells)]);
  assertEquals([...one.ran, ...two.ran].sort(), ["a", "b"]);
  assertEquals([one.failed, two.failed], [[], []]);
});

permitted("run() lets several cells run at a time", async () => {
  using fixture = makeFixture();
  fixture.write("slow.ts", SLOW.replace("60_000", "500"));
  const cells = ["a", "b"].map((id) => ({
    id,
    stage: fixture.stage("slow"),
    parameters: { hang: true, id },
    inputs: [],
  }));
  const { events } = await fixture.run(cells, { jobs: 2 });
  const kinds = events.filter(({ kind }) => kind === "started" || kind === "finished")
    .map(({ kind }) => kind);
  assertEquals(kinds, ["started", "started", "finished", "finished"]);
});

permitted("run() ends with the error of a failed preparation", async () => {
  using fixture = makeFixture();
  let text = "";
  try {
    await fixture.run(fixture.cells(), {
      prepare: () => Promise.reject(new Error("Cannot fetch packages")),
    });
  } catch (error) {
    text = (error as Error).message;
  }
  assertMatch(text, /^Cannot fetch packages$/);
  assert((await fixture.stale(fixture.cells())).length === 3);
});

permitted("run() never publishes what edited code did under the key of the old code", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells({ value: 5 });
  let edits = 0;
  const { ran, events } = await fixture.run(cells, {
    onEvent: (event) => {
      // The process has not read its code yet.
      if (event.kind !== "started" || event.cell !== "parity" || edits++ > 0) return;
      fixture.write("helper.ts", "export const remainder = (value: number) => value % 3;");
    },
  });
  assertEquals(ran, ["number", "parity", "report"]);
  assertEquals(events.filter(({ kind }) => kind === "edited").length, 1);
  assertEquals(await fixture.read(cells, "report"), "parity: 2");
  fixture.write("helper.ts", SOURCES["helper.ts"]);
  assertEquals(await fixture.stale(cells), ["parity", "report"]);
});

permitted(
  "run() never publishes what an edited import map gave under the key of the old",
  async () => {
    using fixture = makeFixture();
    const map = (target: string) =>
      fixture.write("deno.json", JSON.stringify({ imports: { helper: target } }));
    fixture.write("parity.ts", SOURCES["parity.ts"].replace("./helper.ts", "helper"));
    fixture.write("other.ts", "export const remainder = (value: number) => value % 3;");
    map("./helper.ts");
    const cells = fixture.cells({ value: 5 });
    let edits = 0;
    const { events } = await fixture.run(cells, {
      onEvent: (event) => {
        if (event.kind === "started" && event.cell === "parity" && edits++ === 0) map("./other.ts");
      },
    });
    assertEquals(events.filter(({ kind }) => kind === "edited").length, 1);
    assertEquals(await fixture.read(cells, "report"), "parity: 2");
    map("./helper.ts");
    assertEquals(await fixture.stale(cells), ["parity", "report"]);
  },
);

permitted("run() never publishes what edited data gave under the key of the old data", async () => {
  using fixture = makeFixture();
  fixture.write("data.txt", "old");
  fixture.write(
    "copy.ts",
    `const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const say = (message: unknown) => console.log(JSON.stringify(message));
say({ kind: "progress", done: 0, total: 1 });
Deno.writeTextFileSync(job.output + "/value.txt", Deno.readTextFileSync(job.inputs.data.file));
say({ kind: "result", metrics: {}, provenance: {} });`,
  );
  const files = { data: { file: join(fixture.root, "data.txt") } };
  const cells = [{ id: "copy", stage: fixture.stage("copy"), parameters: {}, inputs: [], files }];
  let edits = 0;
  const { events } = await fixture.run(cells, {
    onEvent: (event) => {
      if (event.kind === "started" && edits++ === 0) fixture.write("data.txt", "new");
    },
  });
  assertEquals(events.filter(({ kind }) => kind === "edited").length, 1);
  assertEquals(await fixture.read(cells, "copy"), "new");
  fixture.write("data.txt", "old");
  assertEquals(await fixture.stale(cells), ["copy"]);
});

permitted("run() reads, hashes and prepares nothing while another owner holds a cell", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells({ title: "first" }), changed = fixture.cells({ title: "second" });
  await fixture.run(cells);
  const { key } = (await fixture.assess(changed)).get("report")!;
  const other = await acquire(fixture.store.lease(key!));
  assert(other.kind === "held");
  const work: string[] = [], atRelease: string[][] = [];
  let looks = 0;
  const { ran } = await fixture.run(changed, {
    store: {
      ...fixture.store,
      lease(key) {
        if (++looks === 5) {
          atRelease.push([...work]);
          other.lease.release();
        }
        return fixture.store.lease(key);
      },
      verify(file) {
        work.push("hash");
        return fixture.store.verify(file);
      },
    },
    remote: {
      pull: () => Promise.resolve(void work.push("pull")),
      look: () => Promise.resolve(undefined),
      push: () => Promise.resolve(),
      pushAll: () => Promise.resolve(),
      ensureAll: () => Promise.resolve(),
    },
    prepare: () => Promise.resolve({ prepared: work.push("prepare") }),
  });
  // One look at the remote before it is known that somebody is at it; all else once it is held.
  assertEquals(atRelease, [["pull", "pull"]]);
  assertEquals([ran, work], [["report"], ["pull", "pull", "hash", "prepare"]]);
});

permitted("run() prepares once, and again for code that was edited since", async () => {
  using fixture = makeFixture();
  const prepared: string[][] = [];
  const cells = fixture.cells({ value: 5 });
  await fixture.run(cells, {
    prepare: (stale) => {
      prepared.push(stale.map(({ id }) => id));
      return Promise.resolve({ commit: `${prepared.length}` });
    },
    onEvent: (event) => {
      if (event.kind !== "finished" || event.cell !== "number") return;
      fixture.write("helper.ts", "export const remainder = (value: number) => value % 3;");
    },
  });
  assertEquals(prepared, [["number", "parity", "report"], ["parity", "report"]]);
  const commits = [...await fixture.assess(cells)].map(([, { manifest }]) =>
    manifest!.provenance.commit
  );
  assertEquals(commits, ["1", "2", "2"]);
});

permitted("run() stops all cells and lets their leases go when nobody can be told", async () => {
  using fixture = makeFixture();
  fixture.write("slow.ts", SLOW);
  const cells = ["a", "b"].map((id) => ({
    id,
    stage: fixture.stage("slow"),
    parameters: { hang: true, id },
    inputs: [],
  }));
  const begun = new Set<string>(), workers: number[] = [];
  const leases = () =>
    [...Deno.readDirSync(join(fixture.store.folder, "work"))].map(({ name }) => name)
      .filter((name) => name.endsWith(".lease"));
  await assertRejects(
    () =>
      fixture.run(cells, {
        jobs: 2,
        onEvent: (event) => {
          if (event.kind === "progress") begun.add(event.cell);
          if (begun.size < 2) return;
          for (const name of leases()) {
            workers.push(readJson<Owner>(join(fixture.store.folder, "work", name))!.worker!);
          }
          throw new Deno.errors.BrokenPipe("nobody reads");
        },
      }),
    Deno.errors.BrokenPipe,
    "nobody reads",
  );
  assertEquals([workers.length >= 2, workers.filter(processAlive), leases()], [true, [], []]);
});
