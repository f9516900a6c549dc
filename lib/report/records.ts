/**
 * What Table 1 is built from: the parts of verdicts, cards and histories that count.
 *
 * @module
 */
import type { Finding } from "../attacks/flags.ts";
import type { Collapse } from "../training/collapse.ts";
import type { ReportRules } from "./names.ts";

/** An attack's outcome on one model. */
export interface Verdict {
  readonly images: number;
  /** Images classified correctly before the attack. */
  readonly clean: number;
  /** Images still classified correctly after it. */
  readonly robust: number;
  /** Bound of the perturbation, L-infinity, in pixels of [0, 1]. */
  readonly epsilon: number;
  /** Whether each image was classified correctly before; absent where only counts are known. */
  readonly cleanImages?: readonly boolean[];
  /** Whether each image is still classified correctly; absent where only counts are known. */
  readonly robustImages?: readonly boolean[];
  /** What the checks of the model and of these verdicts found. */
  readonly findings?: readonly Finding[];
}

/** One epoch of a training; accuracies are fractions on held-out images. */
export interface Epoch {
  readonly epoch: number;
  readonly train_loss: number | null;
  readonly clean_accuracy: number | null;
  readonly fgsm_accuracy: number | null;
  readonly pgd10_accuracy: number | null;
  /** Mean L1 norm of the loss' input gradient over the probe images. */
  readonly input_gradient_norm: number | null;
  /** Mean R(x, delta) over the probe images, delta the FGSM step. */
  readonly linearization_error: number | null;
}

/** That a training was ended by its collapse. */
export interface Stopped {
  /** The epoch at whose end it had collapsed. */
  readonly epoch: number;
  /** Epochs that it was to have. */
  readonly ofEpochs: number;
  /** The epoch whose model is stored: the last that had not collapsed. */
  readonly modelEpoch: number;
}

/** Which state of a training: of its last epoch or its best, of the weights or of their average. */
export type Checkpoint = "last" | "best" | "last average" | "best average";

/** A trained model of one seed with the attacks on it. */
export interface CellRecord {
  readonly seed: number;
  /** Where the architecture has one. */
  readonly width: number | null;
  /** Numbers of the model's card by name, those of its activation among them. */
  readonly parameters?: Readonly<Record<string, number>>;
  /** That the training was to have. */
  readonly epochs: number;
  /** Images on which a training was measured: held-out ones, of which R has the probe images. */
  readonly measuredOn?: { readonly heldOut: number; readonly probe: number };
  /** The epoch whose model it is, the last unless another is named. */
  readonly last: Epoch;
  /** Number of that epoch, if it is the best on held-out images and not the last. */
  readonly bestEpoch?: number;
  /** Whether the model is the average of the weights over the steps. */
  readonly average?: boolean;
  /** That the training ended before its last epoch. */
  readonly stopped?: Stopped;
  /** Whether the training lost all but its robustness to one step, and when. */
  readonly collapse: Collapse | null;
  /** By the attack's name, in the order of the columns. */
  readonly attacks: Readonly<Record<string, Verdict>>;
}

/** One row's cells, a cell a seed. */
export interface RowRecord {
  readonly method: string;
  readonly activation: string;
  readonly cells: readonly CellRecord[];
}

/** Everything Table 1 is built from. */
export interface TableInput {
  readonly profile: string;
  /** Where the profile calls the data otherwise: a sentence without its full stop. */
  readonly dataRemark?: string;
  /** The data's name as the data itself says it. */
  readonly data: string;
  readonly classes: number;
  /** In the order of the columns. */
  readonly attacks: readonly string[];
  /** What the rows and columns name. */
  readonly rules: ReportRules;
  readonly rows: readonly RowRecord[];
}
