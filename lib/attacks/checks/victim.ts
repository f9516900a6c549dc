/** What logits, gradients and pixels say about a model before it is attacked. @module */
import type { LabelledImages } from "../victim/evaluate.ts";
import { type Finding, finding } from "../flags.ts";
import type { SingleAttack } from "../rule.ts";

/** Largest distance of two passes' logits, each scaled to length 1, that is not called random. */
const randomDistance = 1e-4;
/** How near outputs have to be to 0, 1 and a sum of 1 to be called probabilities. */
const probabilityMargin = 1e-5;
/**
 * Probability of all wrong classes together below which the gradient of the cross-entropy is called
 * vanished. The gradient multiplies the label's logit by `p_y - 1`, and float32 has `p_y` near 1 in
 * steps of 2^-24; two such steps of rounding (exponential, sum and quotient) are then half of
 * `p_y - 1`, so its sign and size come from rounding as much as from the model.
 */
const lostProbability = 2 ** -22;
/**
 * Largest coordinate of a gradient below which smaller ones are lost: float32 ends at 2^-126, and a
 * number 24 bits below the largest should still be there to have a sign.
 */
const lostGradient = 2 ** -102;
/** Share of images with a vanished gradient that is worth a finding: 1 point of robust accuracy. */
const vanishedShare = 0.01;
/** Largest finite float16. */
const largestHalf = 65504;
/** Different numbers that all have to be float16 numbers before chance is ruled out. */
const enough = 8;

const countOf = (count: number, all: number) => `${count} of ${all} image${all === 1 ? "" : "s"}`;

const scientific = (value: number) => value.toExponential(1);

/** One forward pass: logits `[N, classes]` and how many images are classified as labelled. */
export interface Pass {
  readonly logits: Float32Array;
  readonly correct: number;
}

/** Whether the passes over the same images differ. */
export function checkRandomized(passes: readonly Pass[], classes: number): Finding[] {
  const counts = passes.map(({ correct }) => correct);
  const low = Math.min(...counts), high = Math.max(...counts);
  const scaled = passes.map(({ logits }) => normalizeRows(logits, classes));
  let farthest = 0;
  for (let a = 0; a < scaled.length; a++) {
    for (let b = a + 1; b < scaled.length; b++) {
      for (let row = 0; row < scaled[a].length; row += classes) {
        let square = 0;
        for (let i = row; i < row + classes; i++) square += (scaled[a][i] - scaled[b][i]) ** 2;
        farthest = Math.max(farthest, Math.sqrt(square));
      }
    }
  }
  if (low === high && farthest <= randomDistance) return [];
  return [finding(
    "randomized-output",
    `${passes.length} passes over the same images differ: ${low} to ${high} of ` +
      `${passes[0].logits.length / classes} classified correctly, normalised logits up to ` +
      `${scientific(farthest)} apart`,
  )];
}

function normalizeRows(logits: Float32Array, classes: number): Float64Array {
  const rows = Float64Array.from(logits);
  for (let row = 0; row < rows.length; row += classes) {
    let square = 0;
    for (let i = row; i < row + classes; i++) square += rows[i] ** 2;
    const length = Math.sqrt(square) + 1e-10;
    for (let i = row; i < row + classes; i++) rows[i] /= length;
  }
  return rows;
}

/** Whether every row of outputs `[N, classes]` is a probability distribution. */
export function checkProbabilities(outputs: Float32Array, classes: number): Finding[] {
  let low = Infinity, high = -Infinity;
  for (let row = 0; row < outputs.length; row += classes) {
    let sum = 0;
    for (let i = row; i < row + classes; i++) {
      sum += outputs[i];
      low = Math.min(low, outputs[i]);
      high = Math.max(high, outputs[i]);
    }
    if (Math.abs(sum - 1) > probabilityMargin) return [];
  }
  if (!(low > -probabilityMargin && high < 1 + probabilityMargin)) return [];
  return [finding(
    "probability-outputs",
    `the outputs of ${outputs.length / classes} images lie between ${low.toFixed(3)} and ` +
      `${high.toFixed(3)} and add up to 1: probabilities, where logits are expected`,
  )];
}

/** Whether the planned attacks' losses are defined. */
export function checkClasses(
  classes: number,
  attacks: readonly Pick<SingleAttack, "name" | "classes">[],
): Finding[] {
  const undefinedFor = attacks.filter(({ classes: fewest = 2 }) => classes < fewest);
  if (undefinedFor.length === 0) return [];
  return [finding(
    "too-few-classes",
    `${classes} classes are too few for the loss of ` +
      undefinedFor.map(({ name, classes }) => `${name} (${classes} or more)`).join(" and "),
  )];
}

/** Whether guessing would classify more images correctly. */
export function checkChance(correct: number, images: number, classes: number): Finding[] {
  if (correct * classes >= images) return [];
  return [finding(
    "clean-below-chance",
    `${countOf(correct, images)} (${percent(correct / images)} %) classified correctly before ` +
      `any attack, fewer than by guessing (${percent(1 / classes)} % for ${classes} classes)`,
  )];
}

const percent = (share: number) => (100 * share).toFixed(1);

/** What is known about one correctly classified image: logits and two gradients. */
export interface Probe {
  readonly label: number;
  readonly logits: Float32Array;
  /** Gradient of the cross-entropy, `[H, W, C]`. */
  readonly crossEntropy: Float32Array;
  /** Gradient of the runner-up's logit minus the label's, `[H, W, C]`. */
  readonly margin: Float32Array;
}

/** Whether gradients are zero, or so small that their signs are rounding. */
export function checkGradients(probes: readonly Probe[]): Finding[] {
  let zero = 0, saturated = 0, tiny = 0;
  for (const { label, logits, crossEntropy, margin } of probes) {
    const [ce, difference] = [largest(crossEntropy), largest(margin)];
    if (difference === 0) zero++;
    else if (wrongProbability(logits, label) < lostProbability) saturated++;
    else if (ce === 0) zero++;
    else if (Math.min(ce, difference) < lostGradient) tiny++;
  }
  const found: Finding[] = [];
  if (zero > 0) {
    found.push(finding(
      "zero-gradients",
      `the input gradient is exactly zero for ${countOf(zero, probes.length)}`,
    ));
  }
  if (saturated + tiny > 0 && saturated + tiny >= vanishedShare * probes.length) {
    found.push(finding(
      "vanishing-gradients",
      `the gradient of the cross-entropy is rounding for ` +
        `${countOf(saturated + tiny, probes.length)} (softmax saturated: ${saturated}, gradient ` +
        `below ${scientific(lostGradient)}: ${tiny})`,
    ));
  }
  return found;
}

function largest(values: Float32Array): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value));
  return most;
}

/** Softmax probability of all classes but the label, in float64 and without cancellation. */
function wrongProbability(logits: Float32Array, label: number): number {
  let others = 0;
  for (let i = 0; i < logits.length; i++) {
    if (i !== label) others += Math.exp(logits[i] - logits[label]);
  }
  return others === Infinity ? 1 : others / (1 + others);
}

/** Whether logits, gradients or pixels went through float16, or logits reached its end. */
export function checkHalf(
  logits: Float32Array,
  gradients: readonly Float32Array[],
  images: LabelledImages["images"],
): Finding[] {
  const found: string[] = [];
  const highest = largest(logits);
  if (highest >= largestHalf) {
    found.push(`the largest logit is ${highest}, where float16 ends at ${largestHalf}`);
  }
  if (areHalf([logits])) found.push("all logits are float16 numbers");
  if (areHalf(gradients)) found.push("all input gradients are float16 numbers");
  // 8-bit images divided by 256 are float16 numbers too, and exact ones
  if (areHalf([images]) && !images.every((pixel) => Number.isInteger(256 * pixel))) {
    found.push("all pixels are float16 numbers");
  }
  return found.length === 0 ? [] : [finding("float16-saturation", found.join("; "))];
}

/**
 * Whether all numbers are written with the 11 significant bits of float16 (or the 8 of bfloat16),
 * and enough of them are different: 1 of 8,192 float32 numbers is.
 */
function areHalf(arrays: readonly Float32Array[]): boolean {
  const different = new Set<number>();
  for (const values of arrays) {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    for (let i = 0; i < bits.length; i++) {
      if ((bits[i] & 0x1FFF) !== 0) return false;
      if (different.size < enough && bits[i] << 1 !== 0) different.add(bits[i]);
    }
  }
  return different.size >= enough;
}
