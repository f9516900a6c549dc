import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { permitted } from "../../tests/permitted.ts";
import { makeFixture, table1Cells } from "../_fixture.ts";
import { writeAtomic } from "../store/files.ts";
import { ended, firstThen, notes, numbers, on, one, say } from "./_fleet.ts";
import { computing, openScripted, type Script, TIMES } from "./_scripted.ts";
import type { Executor, TicketState } from "./executor.ts";
import { progressPath, type Work } from "./work.ts";

permitted("openFleet() tells the failure of a cell in its words, and runs the others", async () => {
  using fixture = makeFixture();
  const cells = table1Cells(fixture);
  const script: Script = (works, task) => {
    if (works[0].cell.id !== "train:2") return computing(fixture, cells)(works, task);
    say(fixture, works[0], task.wave.id, { kind: "failure", text: "loss is NaN", tail: ["last"] });
    return Promise.resolve(ended("exit", 1));
  };
  const { ran, failed, skipped, events } = await fixture.run(
    cells,
    on(fixture, openScripted(script)),
  );
  assertEquals([ran.length, failed, skipped.length], [16, ["train:2"], 4]);
  assertEquals(events.find(({ kind }) => kind === "failed"), {
    ...{ kind: "failed", cell: "train:2", text: "loss is NaN", tail: ["last"] },
  });
});

permitted("openFleet() hands a lost task over again, but not for ever", async () => {
  using fixture = makeFixture();
  const cells = one(fixture);
  for (const [how, text] of [["node", "NODE"], ["preempted", "PREEMPTED"], ["launch", "LAUNCH"]]) {
    const executor = openScripted(() => Promise.resolve(ended(how as "node")));
    const { failed, events } = await fixture.run(cells, on(fixture, executor));
    assertEquals([failed, executor.submitted.length], [["number"], 3]);
    const failure = events.find((event) => event.kind === "failed")!;
    assertEquals(
      failure.text,
      `Its task was lost 3 times on scripted: ${text} 0; ${text} 0; ${text} 0`,
    );
  }
  const once = openScripted(firstThen(fixture, cells, () => Promise.resolve(ended("node"))));
  const { ran, events } = await fixture.run(cells, on(fixture, once));
  assertEquals([ran, once.submitted.length], [["number"], 2]);
  assertStringIncludes(notes(events).join("\n"), "number: handed over again: NODE 0");
});

permitted("openFleet() goes on after a time limit if there is a newer checkpoint", async () => {
  using fixture = makeFixture();
  const cells = one(fixture);
  const atLimit = (checkpoint: boolean, how: TicketState): Script => async ([work], { wave }) => {
    const started = new Date().toISOString();
    const progress = { attempt: "1_0-0", wave: wave.id, node: "n1", started };
    writeAtomic(progressPath(fixture.store, work.key), JSON.stringify(progress));
    await new Promise((go) => setTimeout(go, 30));
    if (checkpoint) {
      writeAtomic(join(fixture.store.work(work.key), "state", "checkpoint"), "half");
      say(fixture, work, wave.id, { kind: "interrupted" });
    }
    return how;
  };
  for (const how of [ended("limit"), ended("exit", 75)]) {
    const goesOn = openScripted(firstThen(fixture, cells, atLimit(true, how)));
    const { ran, events } = await fixture.run(cells, on(fixture, goesOn));
    assertEquals([ran, goesOn.submitted.length], [["number"], 2]);
    assertStringIncludes(notes(events).join("\n"), "its 10 minutes were up");
    const { key } = (await fixture.assess(cells)).get("number")!;
    await Deno.remove(join(fixture.store.folder, "manifests", `${key}.json`));
  }
  const executor = openScripted(atLimit(false, ended("limit")));
  const { failed, events } = await fixture.run(cells, on(fixture, executor));
  assertEquals([failed, executor.submitted.length], [["number"], 1]);
  const failure = events.find((event) => event.kind === "failed")!;
  assertStringIncludes(failure.text, 'raise "minutes" of number in executors.yaml');
});

permitted("openFleet() tells each way in which a task ends from the others", async () => {
  using fixture = makeFixture();
  const texts: Record<string, string> = {};
  for (
    const state of [ended("memory"), ended("cancelled"), ended("signal", 9), ended("exit", 7)]
  ) {
    const { failed, events } = await fixture.run(
      one(fixture),
      on(fixture, openScripted(() => Promise.resolve(state))),
    );
    assertEquals(failed, ["number"]);
    texts[state.kind === "ended" ? state.how : ""] = events
      .find((event) => event.kind === "failed")!.text;
  }
  assertMatch(texts.memory, /needs more memory.*raise "memory" of number/);
  assertMatch(texts.cancelled, /Somebody cancelled it.*goes on from its checkpoint/);
  assertMatch(texts.signal, /ended by signal 9/);
  assertMatch(texts.exit, /ended with 7 \(EXIT 7\) on scripted/);
});

permitted("openFleet() never takes silence for a failure", async () => {
  using fixture = makeFixture();
  const cells = one(fixture);
  // Nothing is known of the task while it runs, and the executor does not answer for a while.
  const executor = openScripted(async (works, task) => {
    task.state({ kind: "unknown" });
    executor.silent = true;
    while (executor.unanswered < 2) await new Promise((go) => setTimeout(go, 10));
    executor.silent = false;
    await computing(fixture, cells)(works, task);
    return { kind: "unknown" };
  });
  const { ran, failed, events } = await fixture.run(
    cells,
    on(fixture, executor, { times: { ...TIMES, patience: 60_000 } }),
  );
  assertEquals([ran, failed, executor.submitted.length], [["number"], [], 1]);
  const said = notes(events).filter((text) => text.includes("answer"));
  assertEquals(said, [
    "scripted does not answer (no answer); waiting, what runs goes on",
    "scripted answers again",
  ]);
});

permitted("openFleet() says once why the executor does not start tasks", async () => {
  using fixture = makeFixture();
  const cells = numbers(fixture, 3), seen = new Map<string, () => void>();
  /** Says why it waits, until that was heard. */
  const waits = async (
    [{ cell }]: readonly Work[],
    why: string,
    { state }: Parameters<Script>[1],
  ) => {
    const heard = Promise.withResolvers<void>();
    seen.set(`${cell.id} ${why}`, heard.resolve);
    state({ kind: "queued", why, restarts: 0 });
    await heard.promise;
  };
  const passing = ["JobArrayTaskLimit", "QOSMaxJobsPerUserLimit", "Resources"];
  const lasting = ["JobHeldAdmin", "PartitionTimeLimit", "AssocMaxCpuPerJobLimit"];
  const executor = openScripted(async (works, task) => {
    for (const why of [...passing, ...lasting]) await waits(works, why, task);
    return await computing(fixture, cells)(works, task);
  });
  const { ran, events } = await fixture.run(cells, {
    ...on(fixture, executor),
    onEvent: (event) => event.kind === "queued" && seen.get(`${event.cell} ${event.why}`)?.(),
  });
  assertEquals(ran.length, 3);
  const said = notes(events).filter((text) => text.includes("does not start"));
  assertEquals(
    said.map((text) => text.replace(/\d+_\d+/, "#")),
    lasting.map((why) => `scripted does not start #: ${why}`),
  );
});

permitted("openFleet() hands over again what nothing is known of for long", async () => {
  using fixture = makeFixture();
  const cells = one(fixture);
  const executor = openScripted(
    firstThen(fixture, cells, () => Promise.resolve({ kind: "unknown" })),
  );
  const begin = performance.now();
  const { ran } = await fixture.run(cells, on(fixture, executor));
  assertEquals([ran, executor.submitted.length], [["number"], 2]);
  assert(performance.now() - begin >= 100);
});

permitted("openFleet() computes a damaged input anew that a task met", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells(), executor = openScripted(computing(fixture, cells));
  await fixture.run(cells.slice(0, 1), on(fixture, executor));
  const { manifest } = (await fixture.assess(cells)).get("number")!;
  const object = fixture.store.object(manifest!.outputs["value.txt"].digest);
  await Deno.chmod(object, 0o644);
  await Deno.writeTextFile(object, "7");
  const meets = openScripted(firstThen(fixture, cells, ([work], { wave }) => {
    say(fixture, work, wave.id, { kind: "postponed", input: "number" });
    return Promise.resolve(ended("exit", 1));
  }));
  const { ran, events } = await fixture.run(cells, on(fixture, meets));
  assertEquals(ran, ["number", "parity", "report"]);
  assert(events.some(({ kind }) => kind === "damaged"));
});

permitted(
  "openFleet() blames the cell that ran for the end of its task, and no other",
  async () => {
    using fixture = makeFixture();
    const cells = ["a", "b", "c"].map((id, value) => ({
      ...{ id, stage: fixture.stage("number"), parameters: { value }, inputs: [] },
    }));
    const executor = openScripted(firstThen(fixture, cells, async (works, task) => {
      await computing(fixture, cells)(works.slice(0, 1), task);
      return ended("memory");
    }));
    const { ran, failed } = await fixture.run(cells, {
      ...on(fixture, executor, { places: 1 }),
      predict: () => Promise.resolve(new Map(cells.map(({ id }) => [id, 1]))),
    });
    assertEquals([ran, failed], [["a", "c"], ["b"]]);
    assertEquals(executor.submitted.map(({ tasks }) => tasks), [1, 1]);
  },
);

permitted("openFleet() says what goes on where it cannot", async () => {
  using fixture = makeFixture();
  const cells = one(fixture), executor = openScripted(() => new Promise(() => {}));
  const broken: Executor = { ...executor, poll: () => Promise.reject(new Error("a mistake")) };
  const said: string[] = [];
  await assertRejects(
    () =>
      fixture.run(cells, {
        ...on(fixture, broken),
        onEvent: (event) => event.kind === "note" && said.push(event.text),
      }),
    Error,
    "a mistake",
  );
  assertEquals(
    said.at(-1),
    "1 cell that scripted has may go on; the same command finds it again",
  );
});
