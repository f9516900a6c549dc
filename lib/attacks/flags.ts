/**
 * The flags that checks of a model and of verdicts raise. Each has a paragraph of its own in
 * `docs/flags.md`: what it means, how it is measured, what to do.
 *
 * @module
 */

/** Names of the flags, which are the anchors in `docs/flags.md`. */
export const flags = [
  "randomized-output",
  "probability-outputs",
  "too-few-classes",
  "clean-below-chance",
  "zero-gradients",
  "vanishing-gradients",
  "float16-saturation",
  "search-precision",
  "square-beats-gradients",
  "pgd-beats-autoattack",
  "recomputed-differs",
] as const;

/** Name of a flag. */
export type Flag = typeof flags[number];

/** Something that makes a verdict doubtful. */
export interface Finding {
  /** Anchor in `docs/flags.md`, one of {@linkcode flags}. */
  readonly flag: string;
  /** One sentence with the numbers, without a full stop; ends with the link. */
  readonly text: string;
}

/** Where a flag is explained. */
export const flagLink = (flag: string): string => `docs/flags.md#${flag}`;

/** A finding whose text ends with the link. */
export const finding = (flag: Flag, text: string): Finding => ({
  flag,
  text: `${text} (${flagLink(flag)})`,
});
