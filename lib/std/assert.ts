/**
 * The part of `@std/assert` that this project uses, with its signatures, over `node:assert`.
 * Where JSR is reachable, map `@std/assert` to `jsr:@std/assert@^1` in `deno.json` instead.
 *
 * @module
 */
import nodeAssert, { AssertionError } from "node:assert/strict";

export { AssertionError };

/** Asserts that `expr` is true. */
export function assert(expr: unknown, msg = ""): asserts expr {
  if (!expr) throw new AssertionError({ message: msg || "Expected a true value" });
}

/** Asserts that two values are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  nodeAssert.deepStrictEqual(actual, expected, msg);
}

/** Asserts that two values are not deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, msg?: string): void {
  nodeAssert.notDeepStrictEqual(actual, expected, msg);
}

/** Asserts that two values are the same by `Object.is`. */
export function assertStrictEquals<T>(actual: unknown, expected: T, msg?: string): void {
  nodeAssert.strictEqual(actual, expected, msg);
}

/** Asserts that a value is neither `null` nor `undefined`. */
export function assertExists<T>(actual: T, msg?: string): asserts actual is NonNullable<T> {
  assert(actual !== null && actual !== undefined, msg ?? `Expected a value, got ${actual}`);
}

/** Asserts that two numbers differ by at most `tolerance`. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance = Math.max(Math.abs(expected) * 1e-7, 1e-7),
  msg?: string,
): void {
  if (Object.is(actual, expected)) return;
  const delta = Math.abs(expected - actual);
  assert(
    delta <= tolerance,
    msg ??
      `Expected ${actual} to be within ${tolerance} of ${expected}, but the difference is ${delta}`,
  );
}

/** Asserts that `actual` contains `expected`. */
export function assertStringIncludes(actual: string, expected: string, msg?: string): void {
  assert(
    actual.includes(expected),
    msg ?? `Expected the text to contain "${expected}", got: ${actual}`,
  );
}

/** Asserts that `actual` matches a regular expression. */
export function assertMatch(actual: string, expected: RegExp, msg?: string): void {
  assert(expected.test(actual), msg ?? `Expected the text to match ${expected}, got: ${actual}`);
}

// deno-lint-ignore no-explicit-any
type ErrorClass<E extends Error> = abstract new (...args: any[]) => E;

function check<E extends Error>(
  error: unknown,
  Class?: ErrorClass<E>,
  includes?: string,
  msg?: string,
): E {
  assert(error instanceof Error, msg ?? `Expected an Error to be thrown, got ${String(error)}`);
  if (Class) {
    assert(
      error instanceof Class,
      msg ?? `Expected ${Class.name}, got ${error.name}: ${error.message}`,
    );
  }
  if (includes !== undefined) assertStringIncludes(error.message, includes, msg);
  return error as E;
}

/** Asserts that `fn` throws, and returns what it threw. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): E {
  let error: unknown, threw = false;
  try {
    fn();
  } catch (e) {
    threw = true;
    error = e;
  }
  assert(threw, msg ?? "Expected the function to throw");
  return check(error, ErrorClass, msgIncludes, msg);
}

/** Asserts that `fn` rejects, and returns what it rejected with. */
export async function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass?: ErrorClass<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E> {
  let error: unknown, threw = false;
  try {
    await fn();
  } catch (e) {
    threw = true;
    error = e;
  }
  assert(threw, msg ?? "Expected the promise to reject");
  return check(error, ErrorClass, msgIncludes, msg);
}
