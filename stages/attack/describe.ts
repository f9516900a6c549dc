/** How far the attacks have come, in words. @module */
import type { RunProgress } from "../../lib/attacks/run/options.ts";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

/** A time left: seconds up to two minutes, then minutes, then hours. */
function timeText(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`;
  return seconds < 7200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3600)} h`;
}

/** Longest of the times between reports, in which programs are compiled: they say nothing of more. */
const pauses = 4;

/** Reports from which a time left is told. */
const enough = 2 * pauses;

/** How fast an attack has been since it was first heard of here, its longest pauses left out. */
function createClock(first: { readonly at: number; readonly done: number }) {
  let last = first, reports = 0, milliseconds = 0, evaluations = 0;
  const longest: { readonly milliseconds: number; readonly evaluations: number }[] = [];
  return {
    /** Takes in a report. */
    hear(at: number, done: number): void {
      longest.push({ milliseconds: at - last.at, evaluations: done - last.done });
      last = { at, done };
      reports++;
      if (longest.length <= pauses) return;
      longest.sort((a, b) => b.milliseconds - a.milliseconds);
      const counted = longest.pop()!;
      milliseconds += counted.milliseconds;
      evaluations += counted.evaluations;
    },
    /** Seconds that so many evaluations take, if that can be told yet. */
    secondsFor: (count: number): number | undefined =>
      reports >= enough && evaluations > 0 ? count * milliseconds / evaluations / 1000 : undefined,
  };
}

/**
 * Describes progress: the attack and its time left by how fast it has been here, the robust accuracy
 * now, and the one expected at the end.
 *
 * @param now A clock, milliseconds
 */
export function createDescription(
  now: () => number = () => performance.now(),
): (state: RunProgress) => string {
  let attack: string | undefined, clock: ReturnType<typeof createClock> | undefined;
  return (state) => {
    const { done, total, robust, count, estimate } = state, at = now();
    if (state.attack !== attack || !clock) {
      attack = state.attack;
      clock = createClock({ at, done });
    } else clock.hear(at, done);
    const seconds = done < total ? clock.secondsFor(total - done) : undefined;
    return [
      `${attack}: ${robust} of ${count} robust (${percent(robust / count)})`,
      `${percent(estimate)} expected`,
      ...seconds === undefined ? [] : [`${timeText(seconds)} left`],
    ].join(", ");
  };
}
