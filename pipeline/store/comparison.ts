/** How two files of one kind compare, as it is recorded. @module */

/** A number may differ by `absolute + relative * |recorded|`. */
export interface Tolerance {
  readonly absolute: number;
  readonly relative: number;
}

/** The number that differs most, measured by what is allowed. */
export interface LargestDifference {
  /** For example `layer1.0.conv1.weight` or `epochs[].loss`. */
  readonly name: string;
  /** Position among the numbers of this name. */
  readonly index: number;
  readonly recorded: number;
  readonly again: number;
  /** Absolute difference. */
  readonly difference: number;
}

/** How two files compare. */
export type Comparison =
  | { readonly kind: "identical" }
  | {
    readonly kind: "within tolerance" | "different";
    readonly largest: LargestDifference;
    /** Numbers that differ at all, those that differ by more than is allowed, and all. */
    readonly differing: number;
    readonly outside: number;
    readonly total: number;
  }
  | { readonly kind: "different"; readonly text: string };
