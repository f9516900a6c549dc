/** How far the attacks have come, in words. @module */
import type { RunProgress } from "../../lib/attacks/run_attacks.ts";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** A time left: seconds up to two minutes, then minutes, then hours. */
function timeText(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

/**
 * Describes progress: the attack and its time left by the rate since it was first heard of here,
 * the robust accuracy now, and the one expected at the end.
 *
 * @param now A clock, milliseconds
 */
export function createDescription(
  now: () => number = () => performance.now(),
): (state: RunProgress) => string {
  let attack: string | undefined, first = { at: 0, done: 0 };
  return (state) => {
    const { done, total, robust, count, estimate } = state, at = now();
    if (state.attack !== attack) {
      attack = state.attack;
      first = { at, done };
    }
    const rate = (done - first.done) / (at - first.at);
    const left = rate > 0 && done < total ? [`${timeText((total - done) / rate / 1000)} left`] : [];
    return [
      `${attack}: ${robust} of ${count} robust (${percent(robust / count)})`,
      `${percent(estimate)} expected`,
      ...left,
    ].join(", ");
  };
}
