/** What a cell of the stage `attack` writes into `verdicts.json`. @module */
import type { Finding } from "../attacks/flags.ts";

/** The verdict on one image. */
export interface ImageVerdict {
  /** Number among all test images. */
  readonly index: number;
  readonly label: number;
  readonly clean_correct: boolean;
  readonly robust: boolean;
  /** The attack that broke it; null for the others. */
  readonly broken_by: string | null;
  /** Logit of the label minus the highest other one, as docs/evaluate.md says. */
  readonly margin: number;
}

/** One attack's share in the verdicts: images that were robust before and after it. */
export interface AttackShare {
  readonly name: string;
  readonly robust_before: number;
  readonly robust_after: number;
}

/** The file. */
export interface VerdictsFile {
  /** For example `autoattack`. */
  readonly attack: string;
  /** Bound of the perturbation, L-infinity, in pixels of [0, 1]. */
  readonly epsilon: number;
  /** Number of the first image. */
  readonly offset: number;
  readonly images: number;
  readonly clean_accuracy: number;
  readonly robust_accuracy: number;
  /** In the order in which they ran. */
  readonly attacks: readonly AttackShare[];
  readonly findings: readonly Finding[];
  /** One an image. */
  readonly verdicts: readonly ImageVerdict[];
}
