import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { permitted } from "../../tests/permitted.ts";
import { type Fixture, makeFixture, openFixture, table1Cells } from "../_fixture.ts";
import type { Key } from "../store/key.ts";
import { notes, numbers, on, one } from "./_fleet.ts";
import { computing, fleetOptions, openScripted, TIMES, TOGETHER } from "./_scripted.ts";
import { type Executor, SubmissionRefused } from "./executor.ts";
import { type FleetOptions, openFleet } from "./fleet.ts";
import { ScriptTooLarge } from "./fleet_options.ts";
import { openWaves } from "./waves.ts";

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
