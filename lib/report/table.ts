/** Table 1 as a record: what every form of it is printed from. @module */
import type { Difference } from "../statistics/mod.ts";
import type { Collapse } from "../training/collapse.ts";
import type { Checkpoint } from "./records.ts";

/** Something about the results that a reader should know before believing them. */
export interface TableFinding {
  readonly kind: string;
  /** `method/activation`, or absent where it concerns the whole table. */
  readonly row?: string;
  /** One sentence without a full stop. */
  readonly text: string;
}

/** One accuracy of one seed. */
export interface SeedValue {
  readonly seed: number;
  readonly correct: number;
  readonly images: number;
}

/** An interval in percent, its ends within 0 to 100. */
export interface PercentInterval {
  readonly low: number;
  readonly high: number;
  /** In percentage points; of a mean over seeds as far as it would reach beyond 0 and 100, too. */
  readonly half_width: number;
}

/** One number of the table. Accuracies and differences are in percent, rounded to one decimal. */
export interface TableValue {
  /** Mean over the seeds, in percent, one decimal. */
  readonly percent: number;
  /** Mean over the seeds, a fraction, unrounded. */
  readonly accuracy: number;
  /** Sample standard deviation over the seeds in percentage points, one decimal; null with one seed. */
  readonly deviation: number | null;
  /** 95 % Wilson interval of `accuracy` for `images` images, in percent, unrounded. */
  readonly interval: PercentInterval;
  /**
   * 95 % t interval of the mean over seeds, in percent, unrounded; null with one seed. All seeds are
   * tested on the same images, so it says nothing of other images, as `interval` does.
   */
  readonly seed_interval: PercentInterval | null;
  /** Images each seed was measured on. */
  readonly images: number;
  readonly seeds: readonly SeedValue[];
  /** The paper's number in percent; null where the paper has no such row. */
  readonly paper: number | null;
  /** `percent - paper` in percentage points; null where the paper has no such row. */
  readonly difference: number | null;
}

/** One row: a training method with an activation. */
export interface Row {
  readonly method: string;
  readonly activation: string;
  /** Which state of its trainings was attacked; the last of the weights if left out. */
  readonly checkpoint?: Checkpoint | "mixed";
  /** The seeds whose training collapsed: robust to one step, and no longer to several. */
  readonly collapses: readonly (Collapse & { readonly seed: number })[];
  /** By column: `clean` first, then the attacks. */
  readonly values: Readonly<Record<string, TableValue>>;
}

/** A difference of two numbers, judged together with others. In percentage points, unrounded. */
export interface JudgedDifference {
  readonly difference: number;
  /** 95 % */
  readonly interval: { readonly low: number; readonly high: number };
  /** Probability of a difference at least as large by chance. */
  readonly p: number;
  /** Adjusted for all that are judged together (Holm). */
  readonly p_holm: number;
  /** Whether `p_holm` is below 0.05. */
  readonly beyond_noise: boolean;
  /** How `p` was found (`lib/statistics/difference.ts`). */
  readonly test: Difference["test"];
}

/** How a number differs from that of the method's first activation: `row` minus `against`. */
export interface Comparison extends JudgedDifference {
  readonly column: string;
  /** `method/activation` */
  readonly row: string;
  /** The first row of the same method. */
  readonly against: string;
  /** Whether image was compared with image. */
  readonly paired: boolean;
}

/** What the numbers of a table depend on besides method and activation. */
export interface TableSetting {
  readonly profile: string;
  readonly data: string;
  /** Test images attacked in each cell. */
  readonly images: number;
  /** Bound of the perturbation, L-infinity, in pixels of [0, 1]. */
  readonly epsilon: number;
  /** Where the architecture has one. */
  readonly width: number | null;
  readonly epochs: number;
  readonly seeds: number;
  /** Which state of a training was attacked; `mixed` where rows differ, which a finding names. */
  readonly checkpoint: Checkpoint | "mixed";
  /** All values of what the cells do not share, ascending: the setting's own is the least. */
  readonly mixed?: Readonly<Partial<Record<MixedName, readonly number[]>>>;
}

/** What the cells of a table may differ in. */
export type MixedName = "images" | "epsilon" | "width" | "epochs";

/** Table 1 with all that is needed to judge it. */
export interface Table1 extends TableSetting {
  /** Whether data, image count, width, epochs and epsilon are all the paper's. */
  readonly comparable: boolean;
  /** What differs from the paper's setting, in words; empty when comparable. */
  readonly departures: readonly string[];
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  /** Each row against the first of its method, in every column. */
  readonly comparisons: readonly Comparison[];
  readonly findings: readonly TableFinding[];
}
