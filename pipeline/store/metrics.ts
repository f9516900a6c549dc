/** A metric that says how long something took, or how fast it was. */
const TIMING = /^seconds(_|$)|_seconds$|_per_second$/;

/**
 * The metrics that are results: equal whenever the outputs are. Those whose name begins or ends with
 * `seconds`, or ends with `per_second`, differ from run to run, and are left out.
 */
export function resultMetrics(
  metrics: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !TIMING.test(name)));
}
