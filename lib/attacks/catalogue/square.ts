/**
 * Square Attack (Andriushchenko et al. 2020), L-infinity: random search that needs no gradients.
 * A window of the image moves to the other side of the ball, and stays there if the margin falls.
 *
 * Windows and signs are drawn for each image from its own stream, as in the paper; AutoAttack's
 * code shares one draw among the images of a batch, which for each image is the same distribution.
 *
 * @module
 */
import { LIMITS } from "../../limits.ts";
import { type Stream, stream, streams } from "../../random/philox.ts";
import { boolean, number, object, optional } from "../../schema.ts";
import type { Attack, Guess, Sample } from "../attack.ts";
import { type Ball, ballAround, project } from "../ball.ts";
import { margin, predict } from "../logits.ts";
import type { AttackTarget, SingleAttack } from "../rule.ts";
import { type WindowSchedule, windowSide } from "./_square_windows.ts";

/** Square Attack. */
export const attack: SingleAttack<WindowSchedule, SquareState> = {
  kind: "attack",
  name: "square",
  title: "Square",
  source: "Andriushchenko et al. 2020, algorithms 1 and 2; autoattack.py of Croce & Hein 2020",
  gradient: false,
  losses: {},
  parameters: object({
    queries: number(LIMITS.queries),
    rescale_schedule: optional(boolean),
  }),
  defaults: () => ({ queries: 5000 }),
  create,
};

/** What the search on one image remembers. */
export interface SquareState {
  readonly ball: Ball;
  readonly best: Float32Array;
  /** Lowest margin so far. */
  lowest: number;
  /** Queries answered after the first; -1 before. */
  queries: number;
  /** Windows that stayed. */
  moves: number;
  /** Share of the windows that were rejected lately. */
  rejected: number;
}

/** Weight of the last window in {@linkcode SquareState.rejected}. */
const recent = 1 / 16;

function create(
  settings: WindowSchedule,
  { image: shape, epsilon, seed }: AttackTarget,
): Attack<SquareState> {
  const [height, width, channels] = shape, { queries } = settings;
  const randomOf = new Map<number, (query: number) => Stream>();
  const sides = Array.from({ length: queries }, (_, i) => windowSide(i, height, width, settings));

  /** Moves a query's window to the other side of the ball: a sign for each channel. */
  function moveWindow(point: Float32Array, ball: Ball, { index }: Sample, query: number): void {
    let numbered = randomOf.get(index);
    if (!numbered) randomOf.set(index, numbered = streams(seed, "square windows", index));
    const random = numbered(query), side = sides[query];
    const top = side === height ? 0 : random.integer(height - side);
    const left = side === width ? 0 : random.integer(width - side);
    // from anywhere in the ball, the published step of 2 epsilon ends on a bound of the ball
    for (let channel = 0; channel < channels; channel++) {
      const bound = random.bits() & 1 ? ball.upper : ball.lower;
      for (let row = top; row < top + side; row++) {
        const start = (row * width + left) * channels + channel, end = start + side * channels;
        for (let at = start; at < end; at += channels) point[at] = bound[at];
      }
    }
  }
  /** A query about `best` with its window moved; it tells from the same query about another `best`. */
  function ask(state: SquareState, sample: Sample, query: number): Guess {
    const { best, ball, moves, rejected } = state;
    return {
      point: best,
      change: (copy) => moveWindow(copy, ball, sample, query),
      label: sample.label,
      key: moves * queries + query,
      chance: rejected ** (query - state.queries),
    };
  }

  return {
    name: "square",
    variants: 1,
    evaluations: queries + 1,
    cost: queries + 1,
    inBall: true,
    start({ image, index }) {
      const ball = ballAround(image, epsilon), best = image.slice();
      const random = stream(seed, "square", index);
      // vertical stripes: one sign for each column and channel
      const stripes = Array.from({ length: width * channels }, () => random.bits() & 1 ? 1 : -1);
      for (let i = 0; i < best.length; i++) best[i] += epsilon * stripes[i % stripes.length];
      project(ball, best);
      return { ball, best, lowest: Infinity, queries: -1, moves: 0, rejected: 0.5 };
    },
    request: (state, sample) =>
      state.queries < 0
        ? { point: state.best, label: sample.label }
        : ask(state, sample, state.queries),
    /** Most windows do not lower the margin: the next ones are then moved at the same place. */
    ahead(state, sample, count) {
      const { queries: done } = state,
        following = done < 0 ? 0 : Math.min(count, queries - done - 1);
      return Array.from({ length: following }, (_, i) => ask(state, sample, done + i + 1));
    },
    advance(state, { logits }, sample) {
      const { best, ball, queries: query } = state, found = margin(logits, sample.label);
      if (predict(logits) !== sample.label) {
        if (query >= 0) moveWindow(best, ball, sample, query);
        return { point: best, fooled: true };
      }
      if (query < 0) state.lowest = found;
      else {
        const stays = found < state.lowest || found <= 0;
        state.rejected += recent * (Number(!stays) - state.rejected);
        if (stays) {
          state.lowest = found;
          state.moves++;
          moveWindow(best, ball, sample, query);
        }
      }
      if (++state.queries === queries || state.lowest <= 0) return { point: best, fooled: false };
    },
  };
}
