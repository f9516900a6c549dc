import { assertEquals } from "@std/assert";
import type { Assessment } from "../freshness/assess.ts";
import { type PastRuns, predictCosts, readHistory } from "./cost.ts";
import { openSchedule } from "./schedule.ts";
import { makeFixture } from "../_fixture.ts";
import type { Digest } from "../store/digest.ts";
import type { Stage } from "../cells/stage.ts";
import type { Manifest } from "../store/manifest.ts";
import type { Json } from "../store/canonical.ts";
import { permitted } from "../../tests/permitted.ts";

const STAGE: Stage = {
  name: "train",
  entry: new URL("file:///train.ts"),
  summary: "",
  outputs: ["model"],
  engine: true,
};

type Parameters = { [key: string]: Json };

const WANTED: Parameters = { epochs: 8, activation: "relu", rate: 0.1, momentum: 0.9 };

const stale = (parameters: Parameters, cell = "train:a"): Assessment => ({
  cell: { id: cell, stage: STAGE, parameters, inputs: [] },
  reasons: [{ kind: "never ran", text: "has not run yet" }],
});

/** A past run; `more` goes into its provenance. */
const past = (
  seconds: number,
  parameters: Parameters,
  { cell = "train:a", ...more }: { cell?: string; host?: string; engine?: string } = {},
) =>
  ({
    cell,
    stage: "train",
    parameters,
    inputs: {},
    outputs: { model: { digest: "a" as Digest, size: 10 * seconds } },
    provenance: { host: "here", engine: "pjrt", started: "", finished: "", seconds, ...more },
  }) as unknown as Manifest;

const historyOf = (runs: Manifest[]): PastRuns => ({ runs, sizes: new Map() });

const cost = (...runs: Manifest[]) =>
  predictCosts([stale(WANTED)], historyOf(runs), { host: "here", engine: "pjrt" }).get("train:a");

Deno.test("predictCosts() takes the runs with the nearest parameters and names them", () => {
  const gelu = { ...WANTED, activation: "gelu" };
  const cases: [runs: Manifest[], seconds: number | undefined, basis?: string][] = [
    [[], undefined],
    [[past(5, WANTED)], 5, "its last run"],
    [[past(5, WANTED), past(50, gelu)], 5, "its last run"],
    [[past(1, WANTED), past(3, WANTED), past(2, WANTED), past(99, WANTED)], 2, "its last 3 runs"],
    [[past(7, WANTED, { cell: "train:b" }), past(5, WANTED)], 5, "its last run"],
    [[past(7, WANTED, { cell: "train:b" })], 7, "train:b"],
    [[past(7, gelu, { cell: "train:b" })], 7, 'train:b with activation "gelu"'],
    [[past(7, { ...WANTED, epochs: 4 })], 7, "its last run with epochs 4"],
    // Too far away for its cost to say anything.
    [[past(7, { ...WANTED, epochs: 3 })], undefined],
    [[past(7, { ...WANTED, epochs: 100 })], undefined],
    [[past(7, { ...gelu, rate: "fast", momentum: null })], undefined],
    [[past(7, WANTED, { host: "elsewhere" })], undefined],
    [[past(7, WANTED, { engine: "cpu" })], undefined],
  ];
  for (const [runs, seconds, basis] of cases) {
    const found = cost(...runs);
    assertEquals([found?.seconds, found?.basis], [seconds, basis]);
    assertEquals(found?.bytes, seconds === undefined ? undefined : 10 * seconds);
  }
});

Deno.test("predictCosts() compares the sizes of inputs, known or predicted", () => {
  const fetched = { digest: "d" as Digest, size: 1000 };
  const data = past(1, {}, { cell: "fetch" });
  const before = {
    ...past(5, WANTED),
    inputs: { fetch: { "train.bin": fetched.digest } },
  } as Manifest;
  const predicted = (size: number) => {
    const input: Assessment = {
      cell: { id: "fetch", stage: { ...STAGE, name: "fetch" }, parameters: {}, inputs: [] },
      reasons: [],
      manifest: { ...data, outputs: { "train.bin": { ...fetched, size } } },
    };
    const cell = stale(WANTED);
    const assessments = [input, { ...cell, cell: { ...cell.cell, inputs: ["fetch"] } }];
    const history = { runs: [before], sizes: new Map([[fetched.digest, fetched.size]]) };
    return predictCosts(assessments, history, { host: "here", engine: "pjrt" }).get("train:a");
  };
  assertEquals(predicted(2000)?.seconds, 5);
  assertEquals(predicted(2001), undefined);
});

permitted("readHistory() gives the runs of a store, the latest first", async () => {
  using fixture = makeFixture();
  assertEquals(readHistory(fixture.store), { runs: [], sizes: new Map() });
  await fixture.run(fixture.cells());
  await Deno.writeTextFile(`${fixture.store.folder}/manifests/${"0".repeat(64)}.json`, "{");
  const { runs, sizes } = readHistory(fixture.store);
  assertEquals(runs.map(({ cell }) => cell), ["report", "parity", "number"]);
  assertEquals([...new Set(sizes.values())].sort(), [1, 9]);
});

Deno.test("openSchedule() starts cells after their inputs on the first free place", () => {
  const schedule = openSchedule(2);
  assertEquals(schedule.end(), 0);
  schedule.add("data", [], 10);
  schedule.add("a", ["data"], 30);
  schedule.add("b", ["data"], 20);
  assertEquals(schedule.end(), 40);
  assertEquals(schedule.add("c", ["a", "b"], 30, 60), false);
  assertEquals(schedule.end(), 40);
  assertEquals(schedule.add("c", ["a", "b"], 20, 60), true);
  assertEquals(schedule.end(), 60);
});
