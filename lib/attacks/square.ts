/**
 * Square Attack (Andriushchenko et al. 2020), L-infinity: random search that needs no gradients.
 * A window of the image moves to the other side of the ball, and stays there if the margin falls.
 *
 * Windows and signs are drawn for each image from its own stream, as in the paper; AutoAttack's
 * code shares one draw among the images of a batch, which for each image is the same distribution.
 *
 * @module
 */
import { stream } from "../random/philox.ts";
import { type Ball, ballAround, project } from "./ball.ts";
import { margin, predict } from "./logits.ts";
import type { Attack, Sample } from "./request.ts";

/** Share of the pixels that the first windows cover. */
const initialShare = 0.8;
/** Iterations after which the share halves. */
const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];
/** Queries for which AutoAttack uses `halvings` as they are. */
const standardQueries = 5000;

/** How Square is run. */
export interface SquareSettings {
  /** Evaluations after the first. */
  readonly queries: number;
  /**
   * Whether the schedule of window sizes is stretched from 10,000 to `queries` iterations; by
   * default only for another number than AutoAttack's 5,000, as its authors advise.
   */
  readonly rescale_schedule?: boolean;
}

/** Side of the window at an iteration, counted from 0, in pixels. */
export function windowSide(
  iteration: number,
  height: number,
  width: number,
  { queries, rescale_schedule = queries !== standardQueries }: SquareSettings,
): number {
  const at = rescale_schedule ? Math.trunc(iteration / queries * 10000) : iteration;
  const share = initialShare / 2 ** halvings.filter((threshold) => at > threshold).length;
  const side = Math.round(Math.sqrt(share * height * width));
  return Math.max(1, Math.min(side, height, width));
}

/** What the search on one image remembers. */
export interface SquareState {
  readonly ball: Ball;
  readonly best: Float32Array;
  /** The point asked for: `best` with a window moved. */
  readonly candidate: Float32Array;
  /** Lowest margin so far. */
  lowest: number;
  /** Queries answered after the first; -1 before. */
  queries: number;
}

/** The attack with its parameters, on images of shape `[H, W, C]`. */
export function square(
  settings: SquareSettings,
  shape: readonly [number, number, number],
  epsilon: number,
  seed: bigint | number,
): Attack<SquareState> {
  const [height, width, channels] = shape, { queries } = settings;

  /** The window of a query, its signs drawn after its place, always the same for the same query. */
  function windowOf({ index }: Sample, query: number): Window {
    const random = stream(seed, "square", index, query);
    const side = windowSide(query, height, width, settings);
    const top = side === height ? 0 : random.integer(height - side);
    const left = side === width ? 0 : random.integer(width - side);
    return { side, top, left, sign: () => random.bits() & 1 ? 1 : -1 };
  }
  function copyWindow({ side, top, left }: Window, from: Float32Array, to: Float32Array): void {
    for (let row = top; row < top + side; row++) {
      const start = (row * width + left) * channels, end = start + side * channels;
      to.set(from.subarray(start, end), start);
    }
  }
  /** Moves the window to the other side of the ball: a sign for each channel. */
  function moveWindow(
    { side, top, left, sign }: Window,
    { candidate, ball }: Pick<SquareState, "candidate" | "ball">,
  ): void {
    const signs = Array.from({ length: channels }, sign);
    for (let row = top; row < top + side; row++) {
      const start = (row * width + left) * channels;
      for (let i = 0; i < side * channels; i++) {
        // from anywhere in the ball, the published step of 2 epsilon ends on a bound of the ball
        const at = start + i;
        candidate[at] = signs[i % channels] > 0 ? ball.upper[at] : ball.lower[at];
      }
    }
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
      return { ball, best, candidate: best.slice(), lowest: Infinity, queries: -1 };
    },
    request: ({ candidate }, { label }) => ({ point: candidate, label }),
    /** Most windows do not lower the margin: the next ones are then moved at the same place. */
    ahead({ ball, best, queries: done }, sample, count) {
      const following = done < 0 ? 0 : Math.min(count, queries - done - 1);
      return Array.from({ length: following }, (_, i) => {
        const candidate = best.slice();
        moveWindow(windowOf(sample, done + i + 1), { candidate, ball });
        return { point: candidate, label: sample.label };
      });
    },
    advance(state, { logits }, sample) {
      const { best, candidate } = state, found = margin(logits, sample.label);
      if (predict(logits) !== sample.label) return { point: candidate, fooled: true };
      if (state.queries < 0) state.lowest = found;
      else {
        const window = windowOf(sample, state.queries);
        if (found < state.lowest || found <= 0) {
          state.lowest = found;
          copyWindow(window, candidate, best);
        } else copyWindow(window, best, candidate);
      }
      if (++state.queries === queries || state.lowest <= 0) return { point: best, fooled: false };
      moveWindow(windowOf(sample, state.queries), state);
    },
  };
}

interface Window {
  readonly side: number;
  readonly top: number;
  readonly left: number;
  readonly sign: () => 1 | -1;
}
