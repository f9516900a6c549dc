/**
 * The best of a training's models, by PGD-10 accuracy on the held-out images: early stopping after the
 * fact (Rice, Wong, Kolter 2020, "Overfitting in adversarially robust deep learning").
 *
 * @module
 */
import type { HostTensor } from "../models/classifier.ts";
import type { Measurements } from "./monitor.ts";

/** The model of an epoch that was better than those before. */
export interface BestModel {
  readonly epoch: number;
  /** By their `state_dict` names. */
  readonly tensors: Readonly<Record<string, HostTensor>>;
}

/** Whether the last epoch is better than the best before it; the first of equals stays. */
export const isBest = (history: readonly Measurements[], best?: number) =>
  best === undefined || history.at(-1)!.pgd10_accuracy > history[best - 1].pgd10_accuracy;
