/** Searching with a model of lower precision, deciding with the exact one. @module */
import { evaluateLogits, type Evaluation, type LabelledImages } from "./evaluate.ts";
import { type Finding, finding } from "../flags.ts";
import { margin } from "../logits.ts";
import type { Request, Response } from "../attack.ts";
import type { Victim } from "./victim.ts";

/** A model to search with. */
export interface Search {
  /** The victim's model, compiled in lower precision. */
  readonly fast: Victim;
  /** Margins of `fast` up to this are doubtful: the exact model says whether such a point fools it. */
  readonly doubtful: number;
}

/** How much farther than on any clean image rounding may move a margin. */
const safety = 2;

/** Share of a typical margin that may be doubtful. */
const mostDoubt = 1 / 8;

/**
 * Measures how far the margins of `fast` are from those of the exact model: doubtful is what is less
 * than twice the largest difference on the clean images. Where that is more than an eighth of their
 * median margin, the model's layers magnify rounding; there is a finding then, and attacks should
 * search with the exact model.
 *
 * @param clean What the exact model makes of the images
 * @throws As {@linkcode evaluateLogits}
 */
export async function calibrateSearch(
  fast: Victim,
  data: LabelledImages,
  clean: Evaluation,
): Promise<{ search: Search; findings: Finding[] }> {
  const { classes } = fast;
  const marginsOf = ({ logits }: Evaluation) =>
    Array.from(
      data.labels,
      (label, i) => margin(logits.subarray(i * classes, (i + 1) * classes), label),
    );
  const rounded = marginsOf(await evaluateLogits(fast, data)), full = marginsOf(clean);
  const largest = full.reduce((most, m, i) => Math.max(most, Math.abs(m - rounded[i])), 0);
  const doubtful = safety * largest, sizes = full.map(Math.abs).sort((a, b) => a - b);
  const typical = sizes.length === 0 ? 0 : sizes[sizes.length >> 1];
  const findings = doubtful <= mostDoubt * typical ? [] : [finding(
    "search-precision",
    `rounding moves margins by up to ${largest.toPrecision(2)}, where the median margin is ` +
      `${typical.toPrecision(2)}: attacks searched in float32 instead`,
  )];
  return { search: { fast, doubtful }, findings };
}

/**
 * A victim that answers with the numbers of `fast`, but says who is fooled with the logits of
 * `exact`.
 *
 * Losses and gradients are those of `fast`: they say where an attack searches. Wherever a verdict
 * hangs on the answer and the margin of `fast` is not clearly positive, the point is evaluated by
 * `exact` too, and the answer has its logits. Which points those are depends on nothing but the
 * point's own logits, so that an answer does not depend on the others of its block.
 */
export function searchVictim({ fast, doubtful }: Search, exact: Victim): Victim {
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
      const unsure = requests.flatMap(({ decides = true, label }, i) =>
        !decides || margin(answers[i].logits, label) > doubtful ? [] : [i]
      );
      if (unsure.length === 0) return answers;
      const decided = await decide(
        unsure.map((i) => {
          const { point, change, label } = requests[i];
          return { point, change, label };
        }),
      );
      unsure.forEach((i, k) => answers[i] = { ...answers[i], logits: decided[k].logits });
      return answers;
    },
    load(weights) {
      fast.load(weights);
      exact.load(weights);
    },
    [Symbol.dispose]() {}, // both are the caller's
  };
}
