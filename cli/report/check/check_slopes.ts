/** Checks R and the input gradient's norm. @module */
import { l1Norm, linearizationError } from "../../../lib/theory/linearization.ts";
import { along, fgsmDirection } from "../../../lib/theory/perturbations.ts";
import type { TheoryRecord } from "../../../lib/theory/record.ts";
import { crossEntropyOf } from "../../../lib/theory/slopes.ts";
import { pixelsOf } from "./check_attack.ts";
import { imageBytes } from "../../../lib/data/records.ts";
import type { Parts } from "./parts.ts";
import { type PlannedModel, type SlopesFrom, TOLERANCE } from "./plan.ts";
import type { Recomputed } from "./recompute.ts";
import { sha256 } from "./sha256.ts";
import type { Shared } from "./shared.ts";

/** What is checked with. */
export interface SlopesCheck {
  readonly parts: Parts;
  readonly planned: PlannedModel;
  readonly shared: Shared;
  readonly model: Recomputed;
}

/** What was found; texts without full stops. */
export interface SlopesFound {
  readonly text: string;
  readonly faults: readonly string[];
}

/** What `history.json` has of the epoch whose model is stored. */
export interface HistoryFile {
  readonly epsilon: number;
  readonly best_epoch?: number;
  readonly stopped?: { readonly model_epoch: number; readonly model_step?: number };
  readonly probe_images: number;
  readonly held_out_images: number;
  readonly epochs: readonly Readonly<Record<string, number>>[];
}

/** The epoch of a history whose weights are stored; undefined for weights amid an epoch. */
export function storedEpoch({ epochs, best_epoch, stopped }: HistoryFile) {
  if (stopped?.model_step !== undefined) return undefined;
  return epochs[(best_epoch ?? stopped?.model_epoch ?? epochs.length) - 1];
}

/** Compares slopes with what is stored. */
export async function checkSlopes(from: SlopesFrom, check: SlopesCheck): Promise<SlopesFound> {
  const { parts, planned } = check, name = `${from}.json`;
  const faults = sha256(parts[name]) === planned.digests[name]
    ? []
    : [`${name} is not the file of its digest`];
  const stored = JSON.parse(new TextDecoder().decode(parts[name]));
  const found = from === "theory" ? await byImage(stored, check) : await byMean(stored, check);
  return { text: found.text, faults: [...faults, ...found.faults] };
}

/** "R −0.0035, ‖∇L‖₁ 1.069": means */
const slopesText = (R: number, norm: number) =>
  `R ${R.toPrecision(3).replace("-", "−")}, ‖∇L‖₁ ${norm.toPrecision(4)}`;

const short = (value: number) => value.toExponential(1);

/** Each image of `theory.json`: ||g||_1, and R along FGSM's direction at the model's radius. */
async function byImage(
  { per_image, epsilon, epsilons }: TheoryRecord,
  { shared: { task, test }, model }: SlopesCheck,
): Promise<SlopesFound> {
  const { index, label, gradient_norm, linearization_error } = per_image;
  const size = imageBytes(task.image), pixels = pixelsOf(test, index, task);
  const points = label.map((label, n) => ({
    point: pixels.slice(n * size, (n + 1) * size),
    label,
  }));
  const clean = await model.slopes(points), moved = new Float32Array(pixels.length);
  clean.forEach(({ gradient }, n) =>
    moved.set(along(points[n].point, fgsmDirection(gradient), epsilon), n * size)
  );
  const logits = await model.logits(moved), at = epsilons.indexOf(epsilon);
  let norm = 0, error = 0, wrong = 0, normMean = 0, errorMean = 0;
  clean.forEach((slope, n) => {
    const own = l1Norm(slope.gradient), row = n * task.classes;
    const loss = crossEntropyOf(logits.subarray(row, row + task.classes), label[n]);
    const end = moved.subarray(n * size, (n + 1) * size);
    const R = linearizationError(slope, points[n].point, { loss }, end);
    const scale = slope.loss + loss + epsilon * own;
    const offNorm = Math.abs(own - gradient_norm[n]) / Math.max(own, Number.MIN_VALUE);
    const offError = Math.abs(R - linearization_error[n].fgsm[at]) / scale;
    norm = Math.max(norm, offNorm);
    error = Math.max(error, offError);
    if (!(offNorm <= TOLERANCE.slope && offError <= TOLERANCE.slope)) wrong++;
    normMean += own / clean.length;
    errorMean += R / clean.length;
  });
  return {
    text: `${slopesText(errorMean, normMean)} on ${clean.length} images, off by at most ` +
      short(Math.max(error, norm)),
    faults: wrong === 0 ? [] : [`${wrong} of ${clean.length} images beyond the tolerance`],
  };
}

/** The means over probe images of the stored model's epoch in `history.json`. */
async function byMean(
  history: HistoryFile,
  { shared: { task, probe }, model }: SlopesCheck,
): Promise<SlopesFound> {
  const stored = storedEpoch(history)!, { epsilon } = history;
  const indices = Array.from(probe!.labels, (_, i) => i);
  const found = await model.probe(pixelsOf(probe!, indices, task), probe!.labels, epsilon);
  const norm = found.input_gradient_norm, R = found.linearization_error;
  const offNorm = Math.abs(norm / stored.input_gradient_norm - 1);
  // the losses that R is a difference of are not stored: one nat, and the linear term
  const offError = Math.abs(R - stored.linearization_error) / (1 + epsilon * norm);
  const wrong = [[offNorm, "‖∇L‖₁"], [offError, "R"]] as const;
  return {
    text: `${slopesText(R, norm)} on ${indices.length} probe images, off by ` +
      short(Math.max(offError, offNorm)),
    faults: wrong.filter(([off]) => !(off <= TOLERANCE.slope))
      .map(([, name]) => `${name} beyond the tolerance`),
  };
}
