import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "node:path";
import { permitted } from "../../tests/permitted.ts";
import { type Fixture, makeFixture, openFixture, table1Cells } from "../_fixture.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { RemoteSilent } from "../remote/remote.ts";
import type { RunEvent } from "../run/events.ts";
import type { RunOptions } from "../run/run.ts";
import type { Key } from "../store/key.ts";
import { writeAtomic } from "../store/files.ts";
import { ScriptTooLarge } from "./fleet_options.ts";
import {
  computing,
  ENDED_WELL,
  fleetOptions,
  openScripted,
  type Script,
  TIMES,
  TOGETHER,
} from "./_scripted.ts";
import { type Executor, SubmissionRefused, type TicketState } from "./executor.ts";
import { type FleetOptions, openFleet } from "./fleet.ts";
import { openWaves } from "./waves.ts";
import { attemptPath, progressPath, type Work } from "./work.ts";

const on = (
  fixture: Fixture,
  executor: Executor,
  more: Partial<FleetOptions> = {},
): Partial<RunOptions> => ({
  openFleet: (told) =>
    Promise.resolve(openFleet({ ...fleetOptions(fixture, executor, more), ...told })),
});

const notes = (events: readonly RunEvent[]) =>
  events.flatMap((event) =>
    event.kind === "note"
      ? [event.text]
      : event.kind === "log"
      ? [`${event.cell}: ${event.text}`]
      : []
  );

/** One cell that runs elsewhere. */
const one = ({ stage }: Fixture): CellDeclaration[] => [
  { id: "number", stage: stage("number"), parameters: { value: 1 }, inputs: [] },
];

/** Cells that run elsewhere and read nothing. */
const numbers = ({ stage }: Fixture, count: number): CellDeclaration[] =>
  Array.from({ length: count }, (_, value) => ({
    ...{ id: `number:${value}`, stage: stage("number"), parameters: { value }, inputs: [] },
  }));

const ended = (how: (TicketState & { kind: "ended" })["how"], code = 0): TicketState => ({
  ...{ kind: "ended", how, code, text: `${how.toUpperCase()} ${code}` },
});

/** Says how an attempt to run a cell ended. */
function say({ store }: Fixture, { key }: Work, wave: string, outcome: unknown): void {
  const said = { attempt: "1_0-0", wave, node: "n1", ended: new Date().toISOString(), outcome };
  writeAtomic(attemptPath(store, key), JSON.stringify(said));
}

/** Runs a script first, and computes from the second task on. */
function firstThen(fixture: Fixture, cells: readonly CellDeclaration[], first: Script): Script {
  const then = computing(fixture, cells);
  let count = 0;
  return (works, task) => (count++ === 0 ? first : then)(works, task);
}

permitted("openFleet() runs a pipeline with the digests of a run on this machine", async () => {
  using fixture = makeFixture();
  const cells = table1Cells(fixture), elsewhere = openFixture(fixture.root, `${fixture.root}/here`);
  const executor = openScripted(computing(fixture, cells));
  const { ran, events } = await fixture.run(cells, on(fixture, executor, { times: TOGETHER }));
  assertEquals(ran.length, 21);
  const sizes = executor.submitted.map(({ tasks }) => tasks);
  assertEquals([sizes.slice(0, 2), sizes.reduce((a, b) => a + b)], [[1, 6], 21]);
  assertStringIncludes(notes(events).join("\n"), "6 cells handed to scripted in 6 tasks");
  await elsewhere.run(cells, { jobs: 4 });
  const digests = async (place: Fixture) =>
    [...(await place.assess(cells)).values()].map(({ key, manifest }) => [key, manifest?.outputs]);
  assertEquals(await digests(fixture), await digests(elsewhere));
  const left = [...Deno.readDirSync(join(fixture.store.folder, "work"))].map(({ name }) => name);
  assertEquals(left.sort(), [".guard", "waves"]);
  const inWaves = [...Deno.readDirSync(join(fixture.store.folder, "work", "waves"))];
  assertEquals(inWaves.map(({ name }) => name), [".guard"]);
  assertEquals((await fixture.run(cells, on(fixture, executor))).ran, []);
});

permitted("openFleet() leaves cells here that are to stay here", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells();
  const executor = openScripted(computing(fixture, cells));
  const resources: FleetOptions["resources"] = ({ id }) =>
    id === "parity" ? { cpus: 1, gpus: 0, minutes: 1 } : "here";
  const { ran } = await fixture.run(cells, on(fixture, executor, { resources }));
  assertEquals(ran, ["number", "parity", "report"]);
  assertEquals(executor.submitted.map(({ comment }) => comment), ["test: 1 cell of parity"]);
});

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

permitted("openFleet() cancels in one call when it is interrupted, and resumes", async () => {
  using fixture = makeFixture();
  const cells = table1Cells(fixture), stop = new AbortController();
  let hang = true, standing = 0;
  const executor = openScripted(async (works, task) => {
    if (!hang || works[0].cell.stage !== "sum" || works[0].cell.id === "data") {
      return await computing(fixture, cells)(works, task);
    }
    if (++standing === 6) stop.abort();
    await new Promise(() => {});
    return ENDED_WELL;
  });
  const first = await fixture.run(cells, { ...on(fixture, executor), signal: stop.signal });
  assert(first.interrupted);
  assertEquals([first.ran, first.stopped.length], [["data"], 6]);
  assertEquals(executor.cancelled.map(({ length }) => length), [6]);
  hang = false;
  const second = await fixture.run(cells, on(fixture, executor));
  assertEquals(second.ran.length, 20);
});

permitted(
  "openFleet() finds what an earlier command handed over before it was killed",
  async () => {
    using fixture = makeFixture();
    const cells = one(fixture), go = Promise.withResolvers<void>();
    const executor = openScripted(async (works, task) => {
      await go.promise;
      return await computing(fixture, cells)(works, task);
    });
    // The command that dies: it never gets as far as the end of its run, and its lease lapses.
    const never = fixture.run(cells, on(fixture, executor, { lease: { heartbeat: 1e6 } }));
    never.catch(() => {});
    while (executor.submitted.length === 0) await new Promise((go) => setTimeout(go, 10));
    const lease = { alive: () => false, endOrphan: () => Promise.resolve() };
    const { ran, events } = await fixture.run(cells, {
      ...on(fixture, executor, { lease }),
      onEvent: (event) => event.kind === "note" && event.text.startsWith("Found ") && go.resolve(),
    });
    assertEquals([ran, executor.submitted.length], [["number"], 1]);
    assertMatch(notes(events).join("\n"), /Found 1 cell that scripted has already/);
    await never;
  },
);

permitted("openFleet() submits each cell once where two commands run at a time", async () => {
  using fixture = makeFixture();
  const cells = table1Cells(fixture);
  const executor = openScripted(computing(fixture, cells));
  const [a, b] = await Promise.all([1, 2].map(() => fixture.run(cells, on(fixture, executor))));
  assertEquals(executor.submitted.reduce((sum, { tasks }) => sum + tasks, 0), 21);
  assertEquals([a.failed, b.failed], [[], []]);
});

permitted("openFleet() offers less where the executor does not take so many", async () => {
  using fixture = makeFixture();
  const cells = table1Cells(fixture), asked: number[] = [];
  const executor = openScripted(computing(fixture, cells));
  const limited: Executor = {
    ...executor,
    submit(wave, signal) {
      asked.push(wave.tasks);
      if (wave.tasks > 3) throw new SubmissionRefused("Job violates accounting policy", true);
      return executor.submit(wave, signal);
    },
  };
  const { ran, events } = await fixture.run(cells, on(fixture, limited, { times: TOGETHER }));
  assertEquals(ran.length, 21);
  assertEquals(asked.slice(0, 4), [1, 6, 3, 3]);
  assertStringIncludes(notes(events).join("\n"), "trying 3 again later");
});

permitted("openFleet() says why the executor does not take a cell at all", async () => {
  using fixture = makeFixture();
  const executor = openScripted(computing(fixture, []), {
    submit: () => Promise.reject(new SubmissionRefused("there is no partition gpu", false)),
  });
  const { failed, events } = await fixture.run(one(fixture), on(fixture, executor));
  assertEquals(failed, ["number"]);
  assertEquals(
    events.find((event) => event.kind === "failed")!.text,
    "scripted does not take it: there is no partition gpu",
  );
  assertEquals(openWaves(fixture.store, "scripted").open(), []);
});

permitted(
  "openFleet() looks again at a cell whose code was edited before it was frozen",
  async () => {
    using fixture = makeFixture();
    const cells = fixture.cells().slice(0, 2), executor = openScripted(computing(fixture, cells));
    let edited = false;
    const { freeze } = fleetOptions(fixture, executor);
    const { ran, events } = await fixture.run(
      cells,
      on(fixture, executor, {
        freeze: (cells) => {
          if (!edited && cells[0].id === "parity") {
            edited = true;
            fixture.write("helper.ts", "export const remainder = (value: number) => value % 3;");
          }
          return freeze(cells);
        },
      }),
    );
    assertEquals([ran, executor.submitted.length], [["number", "parity"], 2]);
    assert(events.some((event) => event.kind === "edited" && event.cell === "parity"));
    assertEquals(await fixture.stale(cells), []);
  },
);

permitted("openFleet() leaves cells alone once they are handed over, if asked", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells(), executor = openScripted(computing(fixture, cells));
  const first = await fixture.run(cells, on(fixture, executor, { detach: true }));
  assertEquals([first.ran, first.handedOver, first.interrupted], [[], ["number"], false]);
  await executor.settled();
  const second = await fixture.run(cells, on(fixture, executor));
  assertEquals([second.ran, second.cached], [["parity", "report"], ["number"]]);
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

permitted("openFleet() hands cells of one key over once, and settles each of them", async () => {
  using fixture = makeFixture();
  const cells = ["a", "b"].map((id) => ({
    ...{ id, stage: fixture.stage("number"), parameters: { value: 1 }, inputs: [] },
  }));
  const executor = openScripted(computing(fixture, cells));
  const { ran, cached } = await fixture.run(cells, on(fixture, executor));
  assertEquals([[...ran, ...cached].sort(), ran.length], [["a", "b"], 1]);
  const works = executor.submitted.map(({ tasks }) => tasks);
  assertEquals(works, [1]);
});

permitted("openFleet() follows a cell that another command hands over again", async () => {
  using fixture = makeFixture();
  const cells = one(fixture), found = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<void>(), failed = Promise.withResolvers<void>();
  let count = 0;
  const executor = openScripted(async ([work], { wave }) => {
    if (count++ === 0) {
      await found.promise;
      return ended("node");
    }
    lost.resolve();
    await failed.promise;
    say(fixture, work, wave.id, { kind: "failure", text: "loss is NaN", tail: [] });
    return ended("exit", 1);
  });
  const first = fixture.run(cells, on(fixture, executor));
  while (executor.submitted.length === 0) await new Promise((go) => setTimeout(go, 10));
  const seen: string[] = [];
  const second = fixture.run(cells, {
    ...on(fixture, executor),
    onEvent(event) {
      if (event.kind !== "note" || !event.text.startsWith("Found ")) return;
      seen.push(event.text);
      if (seen.length === 1) found.resolve();
      else failed.resolve();
    },
  });
  await lost.promise;
  assertEquals((await first).failed, ["number"]);
  assertEquals((await second).failed, ["number"]);
  assertEquals(executor.submitted.length, 2);
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

permitted("openFleet() makes smaller waves where their script would be too large", async () => {
  using fixture = makeFixture();
  const cells = numbers(fixture, 5), executor = openScripted(computing(fixture, cells));
  const { freeze } = fleetOptions(fixture, executor), asked: number[] = [];
  const { ran } = await fixture.run(
    cells,
    on(fixture, executor, {
      freeze: async (cells) => ({
        ...await freeze(cells),
        start(_, { tasks, wave }) {
          asked.push(tasks.length);
          if (tasks.length > 2) throw new ScriptTooLarge(`Cannot hand over wave ${wave}`, 1);
          return Promise.resolve({ command: [] });
        },
      }),
    }),
  );
  assertEquals([ran.length, executor.submitted.map(({ tasks }) => tasks)], [5, [2, 1, 2]]);
  assertEquals(asked, [5, 3, 2, 1, 2]);
  const never = openScripted(computing(fixture, cells));
  const { failed, events } = await fixture.run(
    [{ ...cells[0], parameters: { value: 7 } }],
    on(fixture, never, {
      freeze: async (cells) => ({
        ...await freeze(cells),
        start: () => Promise.reject(new ScriptTooLarge("Cannot hand over: raise the limit", 1)),
      }),
    }),
  );
  assertEquals(failed, ["number:0"]);
  assertEquals(
    events.find((event) => event.kind === "failed")!.text,
    "scripted does not take it: Cannot hand over: raise the limit",
  );
});

permitted(
  "openFleet() waits for a remote store that cannot be asked, and takes back the rest",
  async () => {
    using fixture = makeFixture();
    const cells = numbers(fixture, 3), executor = openScripted(computing(fixture, cells));
    const silence = () => Promise.reject(new RemoteSilent("no line"));
    let gives = 0, asks = 0;
    const { ran, failed, events } = await fixture.run(
      cells,
      on(fixture, executor, {
        bring: {
          give: () => gives++ === 0 ? silence() : Promise.resolve(),
          attempt: () => asks++ === 1 ? silence() : Promise.resolve(undefined),
          result: (_, key) => Promise.resolve(fixture.store.manifest(key)),
        },
      }),
    );
    assertEquals([ran.length, failed], [3, []]);
    assertEquals(executor.submitted.reduce((sum, { tasks }) => sum + tasks, 0), 3);
    assertEquals(openWaves(fixture.store, "scripted").open(), []);
    const said = notes(events).filter((text) => text.includes("answer"));
    const silent = "the remote store does not answer (no line); waiting, what runs goes on";
    assertEquals(said, [silent, "the remote store answers again", silent].concat(said[1]));
  },
);

permitted("openFleet() waits no longer for cells however many become ready meanwhile", async () => {
  using fixture = makeFixture();
  const [cell] = numbers(fixture, 1), executor = openScripted(() => new Promise(() => {}));
  const stop = new AbortController(), { signal } = stop;
  const fleet = openFleet({
    ...fleetOptions(fixture, executor, { times: { ...TIMES, gather: 60 } }),
    ...{ predicted: () => undefined, onEvent: () => {}, signal, stale: [] },
  });
  const assessed = (await fixture.assess([cell])).get("number:0")!;
  const ways: Promise<unknown>[] = [];
  // One comes before each wait is over.
  for (let n = 0; executor.submitted.length === 0; n++) {
    assert(n < 1000, "none was handed over");
    const key = n.toString(16).padStart(64, "0") as Key;
    ways.push(fleet.run({ ...assessed, key, cell: { ...cell, id: `number:${n}` } }, []));
    await new Promise((go) => setTimeout(go, 10));
  }
  stop.abort();
  await Promise.all(ways);
  await fleet.close();
});

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

permitted("openFleet() hands over again what another command cancelled", async () => {
  using fixture = makeFixture();
  const cells = one(fixture), stop = new AbortController();
  const executor = openScripted(firstThen(fixture, cells, () => new Promise(() => {})));
  const first = fixture.run(cells, { ...on(fixture, executor), signal: stop.signal });
  while (executor.submitted.length === 0) await new Promise((go) => setTimeout(go, 10));
  const { ran, failed } = await fixture.run(cells, {
    ...on(fixture, executor),
    // Between two looks of this command.
    onEvent: (event) => event.kind === "started" && setTimeout(() => stop.abort(), 5),
  });
  assertEquals([ran, failed, (await first).interrupted], [["number"], [], true]);
});

permitted("openFleet() asks a remote store that fails no more once it is interrupted", async () => {
  using fixture = makeFixture();
  const cells = numbers(fixture, 4), stop = new AbortController();
  let asked = 0;
  const executor = openScripted(async () => {
    stop.abort();
    return await new Promise(() => {});
  });
  const { interrupted } = await fixture.run(cells, {
    ...on(fixture, executor, {
      times: TOGETHER,
      bring: {
        give: () => Promise.resolve(),
        attempt: () => Promise.resolve(undefined),
        result: () => Promise.reject(new RemoteSilent(`no line ${++asked}`)),
      },
    }),
    signal: stop.signal,
  });
  assertEquals([interrupted, asked, executor.cancelled.length], [true, 1, 1]);
});
