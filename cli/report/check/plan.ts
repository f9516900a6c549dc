/** What the page knows of the check before it runs: which models are carried, and what must come out. @module */

/** What a model's file holds that is compared with slopes: per image, or the mean of probe images. */
export type SlopesFrom = "theory" | "history";

/** How many of how many images. */
export interface Count {
  readonly correct: number;
  readonly images: number;
}

/** A model that the browser computes. */
export interface PlannedModel {
  readonly method: string;
  readonly activation: string;
  readonly seed: number;
  /** "IGR GELU, seed 2" */
  readonly title: string;
  /** Name of its file in the folder. */
  readonly file: string;
  /** Of that file. */
  readonly bytes: number;
  /** Multiply-adds of one image's forward pass. */
  readonly work: number;
  /** Forward passes of one image that the check takes; a gradient counts as two more. */
  readonly passes: number;
  /** SHA-256 of what the file holds, by name; that of an attack is `pgd50/verdicts.json`. */
  readonly digests: Readonly<Record<string, string>>;
  /** By column of the table. */
  readonly counts: Readonly<Record<string, Count>>;
  readonly slopes?: SlopesFrom;
}

/** A row's models that are not carried, and what computes them instead. */
export interface LeftRow {
  readonly title: string;
  /** Why, a clause. */
  readonly reason: string;
  readonly command: string;
}

/** The plan, as the page embeds it. */
export interface CheckPlan {
  /** The folder beside the page, an address relative to it. */
  readonly folder: string;
  /** Bytes of the program and of what all models share. */
  readonly bytes: number;
  readonly columns: readonly { readonly name: string; readonly title: string }[];
  /** SHA-256 of what all models share, by name. */
  readonly shared: Readonly<Record<string, string>>;
  /** Records of `test.bin` that are carried: all of them, or the first. */
  readonly records: { readonly carried: number; readonly all: number };
  readonly models: readonly PlannedModel[];
  readonly left: readonly LeftRow[];
}

/** The plan, or why there is none: a clause. */
export type Check = CheckPlan | { readonly missing: string };

/** Where a file is too large to be carried, in bytes. */
export const MOST_BYTES = 8_000_000;

/** Multiply-adds of one model's check that a browser is asked for; slopes are left out before the model is. */
export const MOST_WORK = 1e10;

/** Multiply-adds a second of a laptop's browser, and seconds that each model takes besides. */
const SPEED = 1e8, BESIDES = 0.3;

/** Seconds that the check of models takes. */
export const secondsOf = (models: readonly Pick<PlannedModel, "work" | "passes">[]): number =>
  models.reduce((sum, { work, passes }) => sum + work * passes / SPEED + BESIDES, 0);

/**
 * How far float32 sums may be apart that are added in another order, as a share of what is added: margins
 * by the largest logit of the image or of any clean one, since a small logit is the difference of large
 * terms;
 * norms by themselves, R by both losses and the linear term.
 */
export const TOLERANCE = { margin: 1e-5, slope: 5e-6 } as const;

/** The part with the probe images of `history.json`. */
export const PROBE = "probe.bin";

/** The file of the program, and that of what all models share. */
export const PROGRAM = "program.js", SHARED = "shared.js";
