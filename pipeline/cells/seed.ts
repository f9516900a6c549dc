import { digestOfValue } from "../store/digest.ts";

/**
 * Seed of one cell: the first 64 bits of a digest of the global seed and the cell's name, in
 * decimal. Cells of one pipeline thus never share random numbers, and `train:igr:gelu@2` differs
 * from `train:igr:gelu`.
 *
 * @example
 * ```ts
 * import { cellSeed } from "./seed.ts";
 * import { assertNotEquals } from "@std/assert";
 *
 * assertNotEquals(cellSeed(0, "train:igr:gelu"), cellSeed(0, "train:igr:gelu@2"));
 * ```
 */
export function cellSeed(globalSeed: number, cell: string): string {
  return BigInt("0x" + digestOfValue("seed", [globalSeed, cell]).slice(0, 16)).toString();
}
