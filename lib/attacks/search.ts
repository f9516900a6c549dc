/** Searching with a model of lower precision, deciding with the exact one. @module */
import { evaluateLogits, type LabelledImages } from "./evaluate.ts";
import { type Finding, finding } from "./flags.ts";
import { margin } from "./logits.ts";
import type { Request, Response } from "./request.ts";
import type { Victim } from "./victim.ts";

/**
 * Share of an image's largest logit below which a margin is doubtful. A number of bfloat16 has 8
 * significant bits, so that rounding changes it by up to 2^-9 of itself; of margins of trained
 * PreActResNet18s it was seen to change at most 2^-8 of the largest logit.
 */
export const doubtfulShare = 2 ** -7;

/** Share of images whose margins may differ by more. */
const farShare = 1e-3;

/** The largest logit in absolute value: what rounding errors are in proportion to. */
const size = (logits: Float32Array) =>
  logits.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Whether low precision may have taken the wrong side for an image: the margin is near zero or less. */
export const isDoubtful = (logits: Float32Array, label: number): boolean =>
  margin(logits, label) <= doubtfulShare * size(logits);

/**
 * Whether the margins of `fast` are near enough to those of `exact` for {@linkcode searchVictim}: of
 * no more than one image in 1,000 do they differ by as much as makes a margin doubtful. If they do,
 * the model's layers magnify rounding, and attacks on it should search at full precision.
 *
 * @throws As {@linkcode evaluateLogits}
 */
export async function checkSearch(
  fast: Victim,
  exact: Victim,
  data: LabelledImages,
): Promise<Finding[]> {
  const [low, full] = [await evaluateLogits(fast, data), await evaluateLogits(exact, data)];
  const { classes } = exact, count = data.labels.length;
  const changes = Array.from({ length: count }, (_, i) => {
    const row = (logits: Float32Array) => logits.subarray(i * classes, (i + 1) * classes);
    const [a, b] = [low.logits, full.logits].map((logits) => margin(row(logits), data.labels[i]));
    return Math.abs(a - b) / size(row(full.logits));
  });
  const far = changes.filter((change) => !(change <= doubtfulShare)).length;
  return far <= farShare * count ? [] : [finding(
    "search-precision",
    `rounding changes the margins of ${far} of ${count} image${count === 1 ? "" : "s"} by more ` +
      `than 1/${1 / doubtfulShare} of their largest logit: attacks searched in float32 instead`,
  )];
}

/**
 * A victim that answers with the numbers of `fast`, a compilation of the same model in lower
 * precision, but says who is fooled with the logits of `exact`.
 *
 * Losses and gradients are those of `fast`: they say where an attack searches. Wherever a verdict
 * hangs on the answer and the margin of `fast` is not clearly positive, the point is evaluated by
 * `exact` too, and the answer has its logits. Which points those are depends on nothing but the
 * point's own logits, so that an answer still does not depend on the others of its block.
 */
export function searchVictim(fast: Victim, exact: Victim): Victim {
  const few = exact.sizes.find((size) => 8 * size >= exact.batchSize)!;
  async function decide(requests: readonly Request[]): Promise<Response[]> {
    const answers: Response[] = [];
    while (answers.length < requests.length) {
      const block = requests.slice(answers.length, answers.length + exact.batchSize);
      answers.push(...await exact.evaluate(block, block.length <= few ? few : exact.batchSize));
    }
    return answers;
  }
  return {
    ...fast,
    async evaluate(requests, size) {
      const answers = await fast.evaluate(requests, size);
      const doubtful = requests.flatMap(({ undecided, label }, i) =>
        !undecided && isDoubtful(answers[i].logits, label) ? [i] : []
      );
      if (doubtful.length === 0) return answers;
      const decided = await decide(
        doubtful.map((i) => ({ point: requests[i].point, label: requests[i].label })),
      );
      doubtful.forEach((i, k) => answers[i] = { ...answers[i], logits: decided[k].logits });
      return answers;
    },
    load(weights) {
      fast.load(weights);
      exact.load(weights);
    },
    [Symbol.dispose]() {},
  };
}
