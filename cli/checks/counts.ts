/** Counts of passed, failed and skipped tests in what `deno test` prints. @module */

/** How the tests of one step ended. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  /** Names of the tests that were skipped. */
  readonly skipped: readonly string[];
}

/**
 * Counts the tests in the output of `deno test`.
 *
 * A run that failed counts at least one failure, whether it came to a test or not.
 */
export function countsOf(output: string, success: boolean): Counts {
  const summary = /^(?:ok|FAILED) \| (\d+) passed.*?\| (\d+) failed/m.exec(output);
  const passed = Number(summary?.[1] ?? 0), failed = Number(summary?.[2] ?? 0);
  const skipped = [...output.matchAll(/^(.+) \.\.\. ignored \(/gm)].map(([, name]) => name);
  return { passed, failed: success ? failed : Math.max(1, failed), skipped };
}

/** A line a step, the skipped tests, and the sum as the last line. */
export function summarize(results: readonly { name: string; counts: Counts }[]): string {
  const lines = results.map(({ name, counts: { passed, failed, skipped } }) =>
    `${failed === 0 ? "ok    " : "FAILED"}  ${name}: ${passed} passed, ${failed} failed` +
    (skipped.length > 0 ? `, ${skipped.length} skipped` : "")
  );
  for (const { counts } of results) {
    lines.push(...counts.skipped.map((name) => `skipped: ${name}`));
  }
  const sum = (count: (counts: Counts) => number) =>
    results.reduce((total, { counts }) => total + count(counts), 0);
  return [...lines, `${sum(({ passed }) => passed)} passed, ${sum(({ failed }) => failed)} failed`]
    .join("\n");
}
