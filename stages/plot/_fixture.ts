/**
 * Made-up trainings for the tests: shaped like FGSM training with and without catastrophic
 * overfitting. Nothing but tests may import this.
 *
 * @module
 */
import type { Epoch } from "../../lib/report/mod.ts";
import type { Training } from "./series.ts";

/** A made-up training of `epochs` epochs; `collapse` is the share after which ReLU overfits. */
export function madeUpTraining(
  method: string,
  activation: string,
  seed: number,
  epochs: number,
  collapse = 0.42,
): Training {
  const collapses = method === "fgsm" && activation === "relu";
  const records: Epoch[] = [];
  for (let epoch = 1; epoch <= epochs; epoch++) {
    const share = epoch / epochs;
    const ripple = Math.sin(epoch * 1.7 + seed * 2.1 + activation.charCodeAt(0)) * 0.015;
    const clean = 0.8 - 0.5 * Math.exp(-4 * share) + ripple;
    const fallen = collapses && share > collapse ? share - collapse : 0;
    const depth = Math.min(1, 5 * fallen);
    records.push({
      epoch,
      train_loss: 2.3 * Math.exp(-share) + ripple,
      clean_accuracy: clean + 0.05 * depth,
      fgsm_accuracy: 0.62 * clean + 0.25 * depth,
      pgd10_accuracy: 0.58 * clean * (1 - depth) + Math.abs(ripple) * depth,
      input_gradient_norm: 7 + 6 * share + 60 * ripple + 260 * depth * (0.8 + 8 * ripple),
      linearization_error: 0.03 + 0.05 * share + ripple - 7.5 * depth * (1 + 10 * ripple),
    });
  }
  return {
    method,
    activation,
    seed,
    history: { epochs: records, steps: [], probeImages: 256, heldOutImages: 256 },
  };
}
