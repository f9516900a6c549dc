import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Stage } from "../cells/stage.ts";
import type { Assessment } from "../freshness/assess.ts";
import type { Manifest } from "../store/manifest.ts";
import { extrapolateCosts, type WorkOf } from "./extrapolate.ts";

const STAGE = { name: "train", summary: "", outputs: ["model"], engine: true } as unknown as Stage;

const MACHINE = { host: "here", engine: "pjrt" };

const stale = (parameters: { epochs: number; width: number }): Assessment => ({
  cell: { id: "train:a", stage: STAGE, parameters, inputs: [] },
  reasons: [{ kind: "never ran", text: "has not run yet" }],
});

const past = (
  seconds: number,
  parameters: { epochs: number; width: number },
  where: { host?: string; engine?: string } = {},
) =>
  ({
    ...{ cell: "train:b", stage: "train", parameters, inputs: {} },
    outputs: { model: { digest: "a", size: 100 } },
    provenance: { host: "here", engine: "pjrt", seconds, ...where },
  }) as unknown as Manifest;

/** Epochs times the square of the width; nothing is known of a width of 0. */
const workOf: WorkOf = ({ parameters: { epochs, width } }) =>
  width === 0
    ? undefined
    : { units: Number(epochs), each: Number(width) ** 2, slack: 1, left: Number(width) ** 2 };

const cost = (wanted: { epochs: number; width: number }, ...runs: Manifest[]) =>
  extrapolateCosts([stale(wanted)], new Map(), {
    history: { runs, sizes: new Map() },
    machine: MACHINE,
    workOf,
  }).get("train:a");

Deno.test("extrapolateCosts() is exact in how often, and a range in how large", () => {
  const epochs = cost({ epochs: 30, width: 8 }, past(5, { epochs: 3, width: 8 }))!;
  assertEquals([epochs.range, epochs.seconds, epochs.bytes], [{ low: 50, high: 50 }, 50, 100]);
  const { range, seconds, bytes, basis } = cost(
    { epochs: 3, width: 80 },
    past(5, { epochs: 3, width: 8 }),
  )!;
  assertAlmostEquals(range!.low, 50);
  assertAlmostEquals(range!.high, 500);
  assertAlmostEquals(seconds, Math.sqrt(range!.low * range!.high));
  assertEquals([bytes, basis], [10_000, "train:b"]);
  const smaller = cost({ epochs: 3, width: 4 }, past(5, { epochs: 3, width: 8 }))!.range!;
  assertEquals([smaller.low, smaller.high], [5 / 4, 5 / 2]);
});

Deno.test("extrapolateCosts() takes the run whose unit is most alike, of this host and engine", () => {
  const wanted = { epochs: 10, width: 64 };
  const runs = [past(1, { epochs: 10, width: 4 }), past(100, { epochs: 2, width: 32 })];
  assertEquals(cost(wanted, ...runs)!.range!.high, 100 * 5 * 4);
  assertEquals(cost(wanted, past(1, wanted, { host: "there" })), undefined);
  assertEquals(cost(wanted, past(1, wanted, { engine: "cpu" })), undefined);
  assertEquals(cost({ epochs: 1, width: 0 }, ...runs), undefined);
  assertEquals(cost(wanted), undefined);
});

Deno.test("extrapolateCosts() lies around what training steps of other widths took", () => {
  // docs/results/benchmarks.md: ms a step of 32 images at width 4 and 64, natural training with GELU
  const { low, high } = cost({ epochs: 1, width: 64 }, past(23, { epochs: 1, width: 4 }))!.range!;
  for (const measured of [593, 794]) assertEquals(low < measured && measured < high, true);
});
