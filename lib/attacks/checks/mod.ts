/**
 * Checks that find what makes a verdict doubtful: of a model before it is attacked, and of what an
 * attack left. They only report; `docs/flags.md` says what to do.
 *
 * @module
 */
import {
  checkChance,
  checkClasses,
  checkGradients,
  checkHalf,
  checkProbabilities,
  checkRandomized,
  type Pass,
  type Probe,
} from "./victim.ts";
import {
  evaluateLogits,
  type Evaluation,
  imageAt,
  type LabelledImages,
} from "../victim/evaluate.ts";
import type { Finding } from "../flags.ts";
import { predict, targetOrder } from "../logits.ts";
import type { Request } from "../attack.ts";
import type { SingleAttack } from "../rule.ts";
import type { Victim } from "../victim/victim.ts";

export { type CheckedResult, checkVerdicts, type VerdictContext } from "./verdicts.ts";
export { type Finding, type Flag, flagLink, flags } from "../flags.ts";

/** Passes over the first block that have to agree. */
const passes = 5;

/** What {@linkcode checkVictim} may be given besides model and images. */
export interface VictimContext {
  /** Rules of the planned attacks. */
  readonly attacks?: readonly Pick<SingleAttack, "name" | "classes">[];
  /** What the model makes of the images, where that is known already. */
  readonly clean?: Evaluation;
}

/**
 * Looks for what attacks rely on and a model may lack: it runs all images once (if that was not done
 * before), and the first block four times more and twice with gradients.
 *
 * @throws {RangeError} If the images, labels or pixels are not what the model takes, or its numbers
 * are not finite
 */
export async function checkVictim(
  victim: Victim,
  data: LabelledImages,
  { attacks = [], clean }: VictimContext = {},
): Promise<Finding[]> {
  const { classes } = victim, count = data.labels.length;
  const found = checkClasses(classes, attacks);
  if (count === 0) return found;
  const { logits, correct } = clean ?? await evaluateLogits(victim, data);
  const block = Math.min(victim.batchSize, count);
  const first: LabelledImages = {
    images: data.images.subarray(0, data.images.length / count * block),
    labels: Array.from({ length: block }, (_, i) => data.labels[i]),
  };
  const again: Pass[] = [{
    logits: logits.subarray(0, block * classes),
    correct: correct.slice(0, block).filter(Boolean).length,
  }];
  while (again.length < passes) {
    const pass = await evaluateLogits(victim, first);
    again.push({ logits: pass.logits, correct: pass.correct.filter(Boolean).length });
  }
  const probes = await probe(victim, first, logits);
  return [
    ...found,
    ...checkRandomized(again, classes),
    ...checkProbabilities(logits, classes),
    ...checkChance(correct.filter(Boolean).length, count, classes),
    ...checkGradients(probes),
    ...checkHalf(
      logits,
      probes.flatMap(({ crossEntropy, margin }) => [crossEntropy, margin]),
      data.images,
    ),
  ];
}

/** Gradients at the images of a block that are classified correctly, which are those attacked. */
async function probe(
  victim: Victim,
  { images, labels }: LabelledImages,
  logits: Float32Array,
): Promise<Probe[]> {
  if (victim.classes < 2) return [];
  const row = (i: number) => logits.subarray(i * victim.classes, (i + 1) * victim.classes);
  const wanted = Array.from(labels, (_, i) => i).filter((i) => predict(row(i)) === labels[i]);
  const requests = wanted.map((i): Request => ({
    point: imageAt(victim, images, i),
    label: labels[i],
    target: targetOrder(row(i), labels[i])[0],
  }));
  const gradients = async (loss: "cross_entropy" | "difference") =>
    (await victim.evaluate(requests.map((request) => ({ ...request, loss }))))
      .map(({ gradient }) => gradient.slice());
  const crossEntropy = await gradients("cross_entropy"), margin = await gradients("difference");
  return wanted.map((i, k) => ({
    label: labels[i],
    logits: row(i),
    crossEntropy: crossEntropy[k],
    margin: margin[k],
  }));
}
