/** The file that a theory cell leaves. @module */
import { activationShape } from "../../lib/models/activation.ts";
import type { Network } from "../../lib/models/network.ts";
import type { ImageRecord, Summary, TheoryRecord } from "../../lib/theory/record.ts";
import type { TheorySetting } from "../../lib/theory/setting.ts";
import { boundsOf, CROSS_ENTROPY_BOUND, MARGIN_BOUND } from "../../lib/theory/judge.ts";
import { CROSS_ENTROPY, MARGIN } from "../../lib/theory/slopes.ts";

/** What a cell leaves of its model. */
export function theoryRecord(
  { activation, parameters }: Network,
  { epsilons, epsilon, steps, fabIterations }: TheorySetting,
  images: readonly ImageRecord[],
  summary: Summary,
): TheoryRecord {
  const { largestSecondDerivative: largest } = activationShape(activation, {
    parameters: parameters.activation,
  });
  const fields = Object.keys(images[0]) as (keyof ImageRecord)[];
  const columns = fields.map((field) => [field, images.map((image) => image[field])]);
  return {
    activation: {
      name: activation.name,
      kind: activation.kind,
      largest_second_derivative: Number.isFinite(largest) ? largest : null,
    },
    images: images.length,
    ...{ epsilon, epsilons, steps },
    fab_iterations: fabIterations,
    loss_threshold: { cross_entropy: CROSS_ENTROPY.threshold, margin: MARGIN.threshold },
    summary,
    per_image: {
      ...Object.fromEntries(columns),
      bound: boundsOf(images, { epsilons }, CROSS_ENTROPY_BOUND),
      margin_bound: boundsOf(images, { epsilons }, MARGIN_BOUND),
    } as TheoryRecord["per_image"],
  };
}

/** Digits that are kept: float32 has seven. */
const DIGITS = 7;

/** The file's text: one line, numbers to seven digits. */
export const theoryText = (record: TheoryRecord): string =>
  JSON.stringify(
    record,
    (_, value) =>
      typeof value === "number" && !Number.isInteger(value)
        ? Number(value.toPrecision(DIGITS))
        : value,
  ) + "\n";
