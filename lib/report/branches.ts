/**
 * Branches of trainings beside the trainings that they go on from: a record that tables are printed from.
 *
 * @module
 */
import { collapsedRecord, isRobustAgain } from "../training/collapse.ts";
import type { History } from "./read_history.ts";
import type { Stopped } from "./records.ts";

/** When a training collapsed, to the step where it logged that. */
export interface CollapseTime {
  /** Epochs by then. */
  readonly epoch: number;
  /** Absent where it was seen at the end of an epoch. */
  readonly step?: number;
  /** Whether it had not any more at the end. */
  readonly recovered: boolean;
}

/** How a training ended; accuracies are fractions on held-out images. */
export interface Ending {
  readonly cell: string;
  readonly title: string;
  readonly collapse: CollapseTime | null;
  readonly stopped?: Stopped;
  readonly epoch: number;
  readonly clean_accuracy: number | null;
  readonly fgsm_accuracy: number | null;
  readonly pgd10_accuracy: number | null;
  /** Mean R(x, delta) over the probe images, delta the FGSM step. */
  readonly linearization_error: number | null;
  /** Mean L1 norm of the loss' input gradient over the probe images. */
  readonly input_gradient_norm: number | null;
}

/** A training that went on from a state of another. */
export interface BranchRecord extends Ending {
  /** Its beginning, in words: "epoch 9". */
  readonly from: string;
  /** What differs from there on, in words. */
  readonly differs: string;
  /** Of a replay: whether its model has the same bytes as the row's. */
  readonly sameModel?: boolean;
}

/** A row's training and its branches. */
export interface BranchFamily {
  readonly row: Ending;
  readonly branches: readonly BranchRecord[];
}

/** All families of a profile. */
export interface BranchTable {
  readonly profile: string;
  /** Held-out images that accuracies are of. */
  readonly heldOutImages: number;
  readonly families: readonly BranchFamily[];
}

/** When a training collapsed, after an epoch or between two. */
export function collapseTime(
  { epochs, steps }: Pick<History, "epochs" | "steps">,
  classes: number,
): CollapseTime | null {
  const times = [...epochs, ...steps.filter(({ epoch }) => !Number.isInteger(epoch))]
    .sort((a, b) => a.epoch - b.epoch);
  const found = collapsedRecord(times, classes);
  if (found === null) return null;
  const { first } = found, recovered = isRobustAgain(times);
  return { epoch: first.epoch, ..."step" in first ? { step: first.step } : {}, recovered };
}

/** How a training ended: after the epoch whose model is stored. */
export function endingOf(
  cell: string,
  title: string,
  history: History,
  classes: number,
): Ending {
  const { epochs, stopped, bestEpoch } = history;
  const last = epochs[(bestEpoch ?? stopped?.modelEpoch ?? epochs.length) - 1];
  const { train_loss: _, ...measured } = last;
  return {
    cell,
    title,
    collapse: collapseTime(history, classes),
    ...stopped ? { stopped } : {},
    ...measured,
  };
}
