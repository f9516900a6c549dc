import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { STANDS_STILL } from "../_fixture.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { openRemoteFolder } from "../remote/folder.ts";
import { filesBelow, readJson } from "../store/files.ts";
import { BUSY_MS } from "../run/advance.ts";
import { acquire } from "../store/lease.ts";
import { openStore, type Store } from "../store/store.ts";
import {
  attemptAt,
  freezeCells,
  runNode,
  tasksOf,
  valueOf,
  withNode,
  worksOf,
} from "./_fixture.ts";
import { openNodeRemote } from "./node_remote.ts";
import { type Progress, progressPath } from "./work.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "runTask() leaves what a direct run leaves, by the same key and digests",
  () =>
    withNode(async (fixture) => {
      const cells = fixture.cells({ value: 5 });
      await fixture.run(cells.slice(0, 1));
      const frozen = await freezeCells(fixture, cells), { store } = fixture;
      const [work] = await worksOf(fixture, cells, ["parity"]);
      // The code that was frozen counts, whatever becomes of the repository.
      const helper = Deno.readTextFileSync(join(fixture.root, "helper.ts"));
      fixture.write("helper.ts", helper.replace("value % divisor", "7"));
      const { kinds } = await runNode(store, frozen, tasksOf(frozen, [work]));
      assertEquals(kinds, ["finished"]);
      fixture.write("helper.ts", helper);
      const { outputs, provenance, code } = store.manifest(work.key)!;
      assertEquals(provenance.host, "n1");
      assertEquals(provenance.frozen, frozen.digest);
      assertEquals([provenance.attempt, provenance.executor], ["7_0-0", "test"]);
      assertEquals(provenance.commit, "abc");
      assert(filesBelow(store.codes).includes(store.code(code)));
      assertEquals(await fixture.stale(cells), ["report"]);
      Deno.removeSync(join(store.folder, "manifests", `${work.key}.json`));
      await fixture.run(cells.slice(0, 2));
      assertEquals(store.manifest(work.key)!.outputs, outputs);
      const again = await runNode(store, frozen, tasksOf(frozen, [work]));
      assertEquals(again.kinds, ["cached"]);
      assertEquals(attemptAt(store, work)!.outcome, { kind: "cached" });
    }),
);

permitted(
  "runTask() runs all cells of a task, whatever became of those before",
  () =>
    withNode(async (fixture) => {
      const { store, stage } = fixture;
      fixture.write("broken.ts", 'console.error("far"); throw new Error("out of order");');
      const cell = (id: string, name: string, value: number): CellDeclaration => ({
        ...{ id, stage: stage(name), parameters: { value }, inputs: [] },
      });
      const cells = [cell("a", "number", 1), cell("b", "broken", 1), cell("c", "number", 3)];
      const frozen = await freezeCells(fixture, cells);
      const works = await worksOf(fixture, cells, ["a", "b", "c"]);
      const { kinds, events } = await runNode(store, frozen, tasksOf(frozen, works));
      assertEquals(kinds, ["finished", "failure", "finished"]);
      assertEquals([valueOf(store, works[0]), valueOf(store, works[2])], ["1", "3"]);
      const attempt = attemptAt(store, works[1])!;
      assertEquals([attempt.attempt, attempt.node], ["7_0-0", "n1"]);
      assert(attempt.outcome.kind === "failure");
      assertEquals(attempt.outcome.text, "The process ended with 1 before it gave a result");
      assertEquals(attempt.outcome.tail[0], "far");
      assertStringIncludes(attempt.outcome.tail.join(), "out of order");
      assertEquals(events.map(({ kind }) => kind), [
        ...["started", "finished", "started", "failed", "started", "finished"],
      ]);
    }),
);

permitted(
  "runTask() keeps the checkpoint of a cell that is stopped, and goes on from it",
  () =>
    withNode(async (fixture) => {
      fixture.write("number.ts", STANDS_STILL);
      const cells = fixture.cells(), { store } = fixture;
      const frozen = await freezeCells(fixture, cells);
      const [work] = await worksOf(fixture, cells, ["number"]);
      const later = { ...work, key: work.key.replace(/^./, "0") as typeof work.key };
      const tasks = tasksOf(frozen, [work, later]);
      const stopped = await runNode(
        ...[store, frozen, tasks, {}] as const,
        ({ kind }, controller) => kind === "progress" && controller.abort(),
      );
      assertEquals(stopped.kinds, ["interrupted", "not begun"]);
      assertEquals(attemptAt(store, later)!.outcome, { kind: "not begun" });
      assertEquals(readJson(progressPath(store, later.key)), undefined);
      const progress = readJson<Progress>(progressPath(store, work.key));
      assertEquals(progress?.last, { kind: "progress", done: 1, total: 2, label: "half" });
      assertEquals(attemptAt(store, work)!.outcome, { kind: "interrupted" });
      const second = await runNode(store, frozen, tasksOf(frozen, [work]), { attempt: "7_0-1" });
      assertEquals(second.kinds, ["finished"]);
      const logs = second.events.flatMap((event) => event.kind === "log" ? [event.text] : []);
      assertEquals(logs, ["going on from half"]);
      assertEquals(attemptAt(store, work)!.attempt, "7_0-1");
      assertEquals(readJson(progressPath(store, work.key)), undefined);
    }),
);

permitted("runTask() puts a damaged input aside and says which", () =>
  withNode(async (fixture) => {
    const cells = fixture.cells(), { store } = fixture;
    await fixture.run(cells.slice(0, 1));
    const frozen = await freezeCells(fixture, cells);
    const [work] = await worksOf(fixture, cells, ["parity"]);
    const input = store.object(store.manifest(work.inputs.number)!.outputs["value.txt"].digest);
    Deno.chmodSync(input, 0o644);
    Deno.writeTextFileSync(input, "7");
    const tasks = tasksOf(frozen, [work]);
    for (const _ of ["damaged", "missing"]) {
      const { outcomes } = await runNode(store, frozen, tasks);
      assertEquals(outcomes, [{ kind: "postponed", input: "number" }]);
      assertEquals(attemptAt(store, work)!.outcome, { kind: "postponed", input: "number" });
    }
    await fixture.run(cells.slice(0, 1));
    assertEquals((await runNode(store, frozen, tasks)).kinds, ["finished"]);
  }));

permitted(
  "runTask() refuses a task that was made from other code",
  () =>
    withNode(async (fixture) => {
      const cells = fixture.cells(), { store } = fixture;
      const frozen = await freezeCells(fixture, cells);
      fixture.write("number.ts", STANDS_STILL);
      const [work] = await worksOf(fixture, cells, ["number"]);
      const { outcomes: [outcome] } = await runNode(store, frozen, tasksOf(frozen, [work]));
      assert(outcome.kind === "failure");
      assertMatch(
        outcome.text,
        /^Cannot run "number": its key is [0-9a-f]{64}, expected [0-9a-f]{64}; the task was made from/,
      );
      const other = tasksOf({ ...frozen, digest: work.key }, [work]);
      await assertRejects(
        () => runNode(store, frozen, other),
        Error,
        `Cannot use the frozen code "${frozen.folder}": it is ${frozen.digest}, expected ${work.key}`,
      );
      const stage = join(frozen.folder, "stages", "number.js");
      Deno.writeTextFileSync(stage, Deno.readTextFileSync(stage) + "\n");
      await assertRejects(
        () => runNode(store, frozen, tasksOf(frozen, [work])),
        Error,
        `Cannot use "${stage}": its SHA-256 is `,
      );
    }),
);

permitted(
  "runTask() waits while somebody who lives holds the cell, and no longer",
  () =>
    withNode(async (fixture) => {
      const cells = fixture.cells(), { store } = fixture;
      const frozen = await freezeCells(fixture, cells);
      const [work] = await worksOf(fixture, cells, ["number"]), tasks = tasksOf(frozen, [work]);
      const held = await acquire(store.lease(work.key), { heartbeat: 50 });
      assert(held.kind === "held");
      let busy = 0;
      const met = Promise.withResolvers<void>();
      const running = runNode(store, frozen, tasks, {}, ({ kind }) => {
        if (kind !== "busy") return;
        busy++;
        met.resolve();
      });
      await met.promise;
      await new Promise((go) => setTimeout(go, 2 * BUSY_MS)); // it looks again, and waits on
      assertEquals([busy, store.manifest(work.key)], [1, undefined]);
      await held.lease.release();
      assertEquals((await running).kinds, ["finished"]);
    }),
);

permitted(
  "runTask() takes over from an owner elsewhere whose heartbeat has stopped",
  () =>
    withNode(async (fixture) => {
      const cells = fixture.cells(), { store } = fixture;
      const frozen = await freezeCells(fixture, cells);
      const [work] = await worksOf(fixture, cells, ["number"]);
      Deno.mkdirSync(join(store.folder, "work"), { recursive: true });
      Deno.writeTextFileSync(
        store.lease(work.key),
        JSON.stringify({ id: "gone", host: "n2", pid: 1, place: "another boot", reads: [] }),
      );
      const tasks = tasksOf(frozen, [work]);
      const { kinds, events } = await runNode(store, frozen, tasks, { lease: { expiry: 200 } });
      assertEquals(kinds, ["finished"]);
      assertEquals(events[0], { kind: "busy", cell: "number", host: "n2", pid: 1 });
    }),
);

permitted(
  "runTask() publishes once where two nodes have the same cell",
  () =>
    withNode(async (fixture) => {
      const cells = fixture.cells(), { store } = fixture;
      const frozen = await freezeCells(fixture, cells);
      const [work] = await worksOf(fixture, cells, ["number"]), tasks = tasksOf(frozen, [work]);
      const both = await Promise.all(
        ["n1", "n2"].map((node) => runNode(openStore(store.folder), frozen, tasks, { node })),
      );
      assertEquals(both.flatMap(({ kinds }) => kinds).sort(), ["cached", "finished"]);
    }),
);

permitted(
  "runTask() takes inputs from a remote store and gives what it leaves",
  () =>
    withNode(async (fixture) => {
      const cells = fixture.cells(), { store, root } = fixture;
      await fixture.run(cells.slice(0, 1));
      const frozen = await freezeCells(fixture, cells);
      const [work] = await worksOf(fixture, cells, ["parity"]), tasks = tasksOf(frozen, [work]);
      const [first, second, third] = ["first", "second", "third"].map((name) =>
        openStore(join(root, name))
      );
      const run = (own: Store) =>
        runNode(own, frozen, tasks, {
          remote: openNodeRemote(openRemoteFolder(store.folder), own, () => {}),
        });
      assertEquals((await run(first)).kinds, ["finished"]);
      assertEquals(await fixture.stale(cells), ["report"]);
      assertEquals(valueOf(store, work), "1");
      assertEquals((await run(second)).kinds, ["cached"]);
      // A damaged input is taken again.
      Deno.removeSync(join(store.folder, "manifests", `${work.key}.json`));
      Deno.removeSync(join(first.folder, "manifests", `${work.key}.json`));
      const input = first.object(first.manifest(work.inputs.number)!.outputs["value.txt"].digest);
      Deno.chmodSync(input, 0o644);
      Deno.writeTextFileSync(input, "7");
      assertEquals((await run(first)).kinds, ["finished"]);
      Deno.removeSync(join(store.folder, "manifests"), { recursive: true });
      const { outcomes: [outcome] } = await run(third);
      assert(outcome.kind === "failure");
      assertStringIncludes(outcome.text, 'Cannot read the input "number": neither this node nor');
    }),
);

permitted(
  "runTask() waits for who took its cell over while it stood still",
  () =>
    withNode(async (fixture) => {
      fixture.write("number.ts", STANDS_STILL);
      const cells = fixture.cells(), { store } = fixture;
      const frozen = await freezeCells(fixture, cells);
      const [work] = await worksOf(fixture, cells, ["number"]), lease = store.lease(work.key);
      let taken = false;
      const { kinds, events } = await runNode(
        ...[store, frozen, tasksOf(frozen, [work]), { lease: { heartbeat: 50 } }] as const,
        ({ kind }) => {
          if (kind === "progress" && !taken) {
            taken = true;
            const owner = { id: "other", host: "n2", pid: 1, place: "another boot", reads: [] };
            Deno.writeTextFileSync(lease, JSON.stringify(owner));
          }
          // It lets go again.
          if (kind === "busy") Deno.removeSync(lease);
        },
      );
      assertEquals([kinds, attemptAt(store, work)!.outcome.kind], [["finished"], "finished"]);
      assert(events.some((event) => event.kind === "busy" && event.host === "n2"));
    }),
);
