/**
 * Whether an error is for people: its message begins with "Cannot" and says what to do, so that it
 * is shown without a stack. A TypeError or a ReferenceError never is, although V8 words some of its
 * own so ("Cannot read properties of undefined"): it is a mistake in the program, and its stack is
 * the way to it.
 */
export function isExplained(error: unknown): error is Error {
  return error instanceof Error && error.message.startsWith("Cannot ") &&
    !(error instanceof TypeError || error instanceof ReferenceError);
}
