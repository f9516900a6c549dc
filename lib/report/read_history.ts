/** Reader of a training's `history.json`. @module */
import { fail, type Fields, list, parse, whole } from "./fields.ts";
import type { Epoch, Stopped } from "./records.ts";

/** Quantities between epochs, and after them. */
const BETWEEN = [
  "clean_accuracy",
  "fgsm_accuracy",
  "pgd10_accuracy",
  "input_gradient_norm",
  "linearization_error",
] as const;
const SERIES = ["train_loss", ...BETWEEN] as const;

/** What was measured on the probe images between epochs. */
export interface Step extends Omit<Epoch, "train_loss"> {
  readonly step: number;
  /** Epochs by then, not whole. */
  readonly epoch: number;
}

/** What a `history.json` says: one record an epoch. */
export interface History {
  readonly epochs: readonly Epoch[];
  /** Records between epochs; none where the training logged none. */
  readonly steps: readonly Step[];
  readonly probeImages: number;
  readonly heldOutImages: number;
  /** The epoch whose model the training left, if that is the best and not the last. */
  readonly bestEpoch?: number;
  /** Whether the model, and what was measured, is of the average of the weights. */
  readonly average?: boolean;
  /** That the training was ended before its time. */
  readonly stopped?: Stopped;
}

/** The numbers of a record by name. */
function numbers(file: string, at: string, entry: Fields, names: readonly string[]) {
  return Object.fromEntries(names.map((name) => {
    const value = entry[name];
    if (typeof value !== "number" && value !== null) {
      fail(file, `${at}.${name}`, value, "a number or null");
    }
    return [name, value];
  }));
}

/**
 * Reads a `history.json`; numbers that were not finite come as null.
 *
 * @throws {SyntaxError} If a field is missing
 */
export function readHistory(file: string, text: string): History {
  const fields = parse(file, text);
  const epochs = list(file, fields, "epochs").map((entry, i) => ({
    epoch: whole(file, entry, "epoch"),
    ...numbers(file, `epochs[${i}]`, entry, SERIES),
  }));
  const steps = fields.steps === undefined ? [] : list(file, fields, "steps").map((entry, i) => ({
    step: whole(file, entry, "step"),
    ...numbers(file, `steps[${i}]`, entry, ["epoch", ...BETWEEN]),
  }));
  return {
    epochs: epochs as unknown as Epoch[],
    steps: steps as unknown as Step[],
    probeImages: whole(file, fields, "probe_images"),
    heldOutImages: whole(file, fields, "held_out_images"),
    ...fields.weights === "average" ? { average: true } : {},
    ...fields.best_epoch === undefined ? {} : { bestEpoch: bestEpoch(file, fields, epochs.length) },
    ...fields.stopped === undefined ? {} : { stopped: readStopped(file, fields.stopped as Fields) },
  };
}

function bestEpoch(file: string, fields: Fields, epochs: number): number {
  const epoch = whole(file, fields, "best_epoch");
  if (epoch > epochs) fail(file, "best_epoch", epoch, `at most ${epochs}, its epochs`);
  return epoch;
}

function readStopped(file: string, stopped: Fields): Stopped {
  return {
    epoch: whole(file, stopped, "epoch"),
    ofEpochs: whole(file, stopped, "of_epochs"),
    modelEpoch: whole(file, stopped, "model_epoch"),
  };
}
