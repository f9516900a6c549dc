/** A metric that says how long something took, or how fast it was. */
const TIMING = /^seconds(_|$)|_seconds$|_per_second$|^waiting_share$/;

/**
 * The metrics that are results: equal whenever the outputs are. Those whose name begins or ends with
 * `seconds`, or ends with `per_second`, and `waiting_share`, the share of its time that an engine waits,
 * differ from run to run, and are left out.
 */
export function resultMetrics(
  metrics: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !TIMING.test(name)));
}
