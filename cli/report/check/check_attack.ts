/** Checks what an attack left of a model: examples, ball, and the verdict on every image. @module */
import { margin, predict } from "../../../lib/attacks/logits.ts";
import { fromPlanes } from "../../../lib/data/images.ts";
import { imageBytes, type Records } from "../../../lib/data/records.ts";
import { encodeSafetensors } from "../../../lib/formats/safetensors.ts";
import type { VerdictsFile } from "../../../lib/report/verdicts_file.ts";
import type { Task } from "../../../lib/task.ts";
import { unpackExamples } from "./examples.ts";
import type { Parts } from "./parts.ts";
import { type Count, type PlannedModel, TOLERANCE } from "./plan.ts";
import type { Recomputed } from "./recompute.ts";
import { sha256 } from "./sha256.ts";
import type { Shared } from "./shared.ts";

/** What the model says of a test image. */
export interface Predicted {
  readonly logits: Float32Array;
  readonly correct: boolean;
}

/** What an attack's column, and the clean one, are checked with. */
export interface AttackCheck {
  readonly parts: Parts;
  readonly planned: PlannedModel;
  readonly shared: Shared;
  /** By number of the image. */
  readonly clean: ReadonlyMap<number, Predicted>;
  readonly model: Recomputed;
  /** The largest logit of any clean image, without its sign. */
  readonly largest: number;
}

/** What was found; texts without full stops. */
export interface AttackFound {
  readonly text: string;
  readonly faults: readonly string[];
  readonly near: readonly string[];
  readonly cleanText: string;
  readonly cleanFaults: readonly string[];
  readonly cleanNear: readonly string[];
  readonly verdicts: number;
  readonly ties: number;
  readonly examples: number;
}

/** Pixels `[N, C, H, W]` in [0, 1] of chosen images. */
export function planesOf(
  { pixels }: Records,
  indices: readonly number[],
  task: Pick<Task, "image">,
) {
  const size = imageBytes(task.image), chosen = new Float32Array(indices.length * size);
  indices.forEach((index, n) => {
    for (let k = 0; k < size; k++) chosen[n * size + k] = pixels[index * size + k] / 255;
  });
  return chosen;
}

/** Pixels `[N, H, W, C]` in [0, 1] of chosen images. */
export const pixelsOf = (
  records: Records,
  indices: readonly number[],
  task: Pick<Task, "image">,
): Float32Array => fromPlanes(planesOf(records, indices, task), task.image);

/** `1 image`, `3 images` */
const imagesText = (count: number) => `${count} image${count === 1 ? "" : "s"}`;

/** The largest of logits, without its sign. */
export const largestOf = (logits: Float32Array): number =>
  logits.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/** Checks the examples of an attack and the verdicts on them. */
export async function checkAttack(attack: string, check: AttackCheck): Promise<AttackFound> {
  const { parts, planned: { digests, counts }, shared: { task, test }, clean, model, largest } =
    check;
  const file = `${attack}/verdicts.json`, faults: string[] = [], cleanFaults: string[] = [];
  if (sha256(parts[file]) !== digests[file]) {
    cleanFaults.push(`${file} is not the file of its digest`);
  }
  const { verdicts, epsilon }: VerdictsFile = JSON.parse(new TextDecoder().decode(parts[file]));
  const size = imageBytes(task.image), indices = verdicts.map(({ index }) => index);
  const planes = planesOf(test, indices, task);
  const packed = {
    changed: parts[`${attack}/changed`],
    codes: parts[`${attack}/codes`],
    others: new Float32Array(Uint8Array.from(parts[`${attack}/others`]).buffer),
  };
  const examples = unpackExamples(packed, planes, { size, epsilon });
  const name = `${attack}/adversarial.safetensors`;
  if (sha256(encodeExamples(examples, verdicts, task)) !== digests[name]) {
    faults.push(`${name} is not the file of its digest`);
  }
  const outside = countOutside(examples, planes, { size, epsilon });
  if (outside > 0) faults.push(`${imagesText(outside)} outside the ball or the box`);
  const changed = verdicts.map((_, i) => i).filter((i) => packed.changed[i] !== 0);
  const moved = new Float32Array(changed.length * size);
  changed.forEach((i, n) => moved.set(examples.subarray(i * size, (i + 1) * size), n * size));
  const logits = await model.logits(fromPlanes(moved, task.image));
  const place = new Map(changed.map((i, n) => [i, n])), { classes } = task;
  const wrong = { robust: [0, 0], clean: [0, 0] }; // beyond rounding, and within it
  /** How far the margin of these logits may move by rounding. */
  const roundingOf = (own: Float32Array) => TOLERANCE.margin * Math.max(largest, largestOf(own));
  let labels = 0, margins = 0, ties = 0, robust = 0, correct = 0;
  verdicts.forEach((verdict, i) => {
    const label = test.labels[verdict.index], before = clean.get(verdict.index)!;
    const n = place.get(i);
    const after = n === undefined ? before.logits : logits.subarray(n * classes, (n + 1) * classes);
    const isRobust = before.correct && predict(after) === label;
    const near = [before.logits, after].map((own) =>
      Math.abs(margin(own, label)) <= roundingOf(own)
    );
    if (label !== verdict.label) labels++;
    if (near[0] || near[1]) ties++;
    if (before.correct) correct++;
    if (isRobust) robust++;
    if (before.correct !== verdict.clean_correct) wrong.clean[near[0] ? 1 : 0]++;
    if (isRobust !== verdict.robust) wrong.robust[near[0] || near[1] ? 1 : 0]++;
    // of a robust image the stored margin is the least that any attack found
    const off = Math.abs(margin(after, label) - verdict.margin);
    if (!verdict.robust && !(off <= roundingOf(after))) margins++;
  });
  if (labels > 0) cleanFaults.push(`${imagesText(labels)} with another label`);
  if (margins > 0) faults.push(`${imagesText(margins)} with another margin`);
  const images = verdicts.length;
  const own = verdictFaults(wrong.robust, robust, images, counts[attack]);
  const ofClean = verdictFaults(wrong.clean, correct, images, counts.clean);
  return {
    text: `${robust} of ${images}`,
    faults: [...cleanFaults, ...faults, ...own.faults],
    near: own.near,
    cleanText: `${correct} of ${images}`,
    cleanFaults: [...cleanFaults, ...ofClean.faults],
    cleanNear: ofClean.near,
    ...{ verdicts: images, ties, examples: changed.length },
  };
}

/**
 * What is wrong with verdicts and their count.
 *
 * @param differing Images with another verdict, beyond rounding and within it
 * @param correct Images found correct here
 * @param count Of the table
 */
export function verdictFaults(
  [beyond, within]: readonly number[],
  correct: number,
  images: number,
  count: Count,
): Pick<AttackFound, "faults" | "near"> {
  const faults: string[] = [], near: string[] = [];
  if (beyond > 0) faults.push(`the verdict on ${imagesText(beyond)} differs`);
  if (within > 0) {
    near.push(`the verdict on ${imagesText(within)} differs within rounding of a tie`);
  }
  const off = Math.abs(correct - count.correct);
  if (images !== count.images || off > within) {
    faults.push(`the table has ${count.correct} of ${count.images}`);
  }
  return { faults, near };
}

/** The file as the stage wrote it. */
export const encodeExamples = (
  data: Float32Array<ArrayBuffer>,
  verdicts: VerdictsFile["verdicts"],
  { image: [height, width, channels] }: Pick<Task, "image">,
): Uint8Array =>
  encodeSafetensors({
    images: { dtype: "F32", shape: [verdicts.length, channels, height, width], data },
    labels: {
      dtype: "I32",
      shape: [verdicts.length],
      data: Int32Array.from(verdicts, ({ label }) => label),
    },
  });

/** How many examples leave the ball around their image, or [0, 1]; exact. */
function countOutside(
  examples: Float32Array,
  images: Float32Array,
  { size, epsilon }: { readonly size: number; readonly epsilon: number },
): number {
  let outside = 0;
  for (let from = 0; from < images.length; from += size) {
    for (let k = from; k < from + size; k++) {
      const value = examples[k];
      if (value >= 0 && value <= 1 && Math.abs(value - images[k]) <= epsilon) continue;
      outside++;
      break;
    }
  }
  return outside;
}
