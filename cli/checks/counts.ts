/** Counts of passed, failed and skipped tests in what `deno test` prints. @module */

/** How the tests of one step ended. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Names of the tests that were skipped. */
  readonly skipped: readonly string[];
  /** Names and places of the tests that failed. */
  readonly failures: readonly string[];
}

/**
 * Counts the tests in the output of `deno test`.
 *
 * A run that failed counts at least one failure, whether it came to a test or not.
 */
export function countsOf(output: string, success: boolean): Counts {
  // a test may itself print what deno test does: the last is the run's own
  const summaries = [...output.matchAll(/^(?:ok|FAILED) \| (\d+) passed.*?\| (\d+) failed/gm)];
  const summary = summaries.at(-1);
  const passed = Number(summary?.[1] ?? 0), failed = Number(summary?.[2] ?? 0);
  const skipped = [...output.matchAll(/^(.+) \.\.\. ignored \(/gm)].map(([, name]) => name);
  const listed = success ? "" : output.slice(output.lastIndexOf("\n FAILURES \n"));
  const failures = [...listed.matchAll(/^(.+ => \S+:\d+:\d+|\S+ \(uncaught error\))$/gm)]
    .map(([line]) => line);
  return { passed, failed: success ? failed : Math.max(1, failed), skipped, failures };
}

/** A line a step, the skipped tests, the failed ones, and the sum as the last line. */
export function summarize(results: readonly { name: string; counts: Counts }[]): string {
  const lines = results.map(({ name, counts: { passed, failed, skipped } }) =>
    `${failed === 0 ? "ok    " : "FAILED"}  ${name}: ${passed} passed, ${failed} failed` +
    (skipped.length > 0 ? `, ${skipped.length} skipped` : "")
  );
  for (const { counts } of results) {
    lines.push(...counts.skipped.map((name) => `skipped: ${name}`));
  }
  for (const { counts } of results) {
    lines.push(...counts.failures.map((name) => `failed: ${name}`));
  }
  const sum = (count: (counts: Counts) => number) =>
    results.reduce((total, { counts }) => total + count(counts), 0);
  return [...lines, `${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`]
    .join("\n");
}
