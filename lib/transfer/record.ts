/**
 * What the stages `examples` and `transfer` leave, described in `docs/pipeline.md`.
 *
 * @module
 */

/** How examples are made: one step of FGSM, or PGD. */
export const KINDS = ["fgsm", "pgd"] as const;

/** A way of making examples. */
export type ExampleKind = typeof KINDS[number];

/** What a model makes of the examples of another one, or of its own. */
export interface Right {
  /** Numbers of the images that it classifies as labelled both as they are and as the example. */
  readonly right: Readonly<Record<ExampleKind, readonly number[]>>;
}

/** The content of `transfer.json`: one model on the examples of all. */
export interface TransferRecord {
  readonly images: number;
  /** Radius of the examples, pixels in [0, 1]. */
  readonly epsilon: number;
  /** Numbers of the images that the model classifies as labelled. */
  readonly clean: readonly number[];
  /** By the cell that made the examples. */
  readonly sources: Readonly<Record<string, Right>>;
  /**
   * The model's own attack of the table at this radius, of these images: its name and the numbers of the
   * images that it left robust. `null` where the table has another radius, or fewer images.
   */
  readonly attack: { readonly name: string; readonly robust: readonly number[] } | null;
}
