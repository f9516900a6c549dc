/** @module */
import type { Paint } from "../../lib/std/paint.ts";

/** How lines are laid out for people. */
export interface Look {
  /** Columns of the terminal, 80 where it is not known. */
  readonly width?: number;
  /** None where colours are not wanted. */
  readonly paint?: Paint;
}
