import { type Digest, digestOfValue } from "./digest.ts";
import type { Json } from "./canonical.ts";

/** Names all that determines the outputs of a cell. */
export type Key = Digest & { readonly __key: true };

/** Digests of input files: by input (a cell's id or an `external:` name), then by file name. */
export type InputDigests = Readonly<Record<string, Readonly<Record<string, Digest>>>>;

/** All that determines a cell's outputs. */
export interface Ingredients {
  /** Name of the stage. */
  readonly stage: string;
  /** Digest of the code that the cell runs. */
  readonly code: Digest;
  /** Generation of its stage's results, where they are counted. */
  readonly revision?: number;
  readonly parameters: { readonly [key: string]: Json };
  readonly inputs: InputDigests;
  /** Unsigned 64-bit integer in decimal. */
  readonly seed: string;
}

/** The key of a cell. */
export function keyOf({ stage, code, revision, parameters, inputs, seed }: Ingredients): Key {
  const counted = revision === undefined ? {} : { revision };
  return digestOfValue(
    "cell",
    { stage, code, ...counted, parameters, inputs, seed } as Json,
  ) as Key;
}
