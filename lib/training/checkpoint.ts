/** What a training has behind it at some time. @module */
import type { HostTensor } from "../models/classifier.ts";
import type { BestModel } from "./best_model.ts";
import type { Place } from "./course.ts";
import type { Measurements } from "./monitor.ts";

/** What is known after an epoch. */
export interface EpochRecord extends Measurements {
  /** 1 after the first epoch. */
  readonly epoch: number;
  /** Rate of the epoch's last step. */
  readonly learning_rate: number;
  /** Means over the epoch's steps. */
  readonly train_loss: number;
  readonly train_cross_entropy: number;
  readonly train_input_gradient_norm: number;
  readonly train_accuracy: number;
}

/** What is known after a step between: of the probe images alone, accuracies too. */
export interface StepRecord extends Measurements {
  /** 1 after the first of the training. */
  readonly step: number;
  /** Epochs by then, with the share of the last. */
  readonly epoch: number;
}

/** All that training goes on from: tensors by the names of the step's state. */
export interface Checkpoint extends Place {
  readonly tensors: Readonly<Record<string, HostTensor>>;
  readonly history: readonly EpochRecord[];
  /** What was logged between; absent where nothing was asked for. */
  readonly steps?: readonly StepRecord[];
  /** The best model so far, where the best results. */
  readonly best?: BestModel;
}

/** That a training was ended by its collapse. */
export interface Stopped {
  /** The epoch at whose end it had collapsed. */
  readonly epoch: number;
  /** The time of the model, the last before that was measured. */
  readonly model: Place;
}
