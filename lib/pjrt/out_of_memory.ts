/** The failure that a smaller block can mend. @module */

/** A device had not enough memory for a value, a program or a run. */
export class OutOfMemoryError extends Error {
  override name = "OutOfMemoryError";
}

/** Whether an error, or one that caused it, is an {@linkcode OutOfMemoryError}. */
export function isOutOfMemory(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof OutOfMemoryError) return true;
  }
  return false;
}
