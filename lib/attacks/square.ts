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
import { ballAround, project } from "./ball.ts";
import { margin, predict } from "./logits.ts";
import type { Attack, Lane, Sample } from "./request.ts";

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

/** The attack with its parameters, on images of shape `[H, W, C]`. */
export function square(
  settings: SquareSettings,
  shape: readonly [number, number, number],
  epsilon: number,
  seed: bigint | number,
): Attack {
  return {
    name: "square",
    variants: 1,
    evaluations: settings.queries + 1,
    cost: settings.queries + 1,
    start: (sample) => squareLane(sample, settings, shape, epsilon, seed),
  };
}

function* squareLane(
  { image, label, index }: Sample,
  settings: SquareSettings,
  [height, width, channels]: readonly [number, number, number],
  epsilon: number,
  seed: bigint | number,
): Lane {
  const ball = ballAround(image, epsilon), random = stream(seed, "square", 0, index);
  const sign = () => random.bits() & 1 ? 1 : -1;
  // vertical stripes: one sign for each column and channel
  const best = image.slice(), stripes = Array.from({ length: width * channels }, sign);
  for (let i = 0; i < best.length; i++) best[i] += epsilon * stripes[i % stripes.length];
  project(ball, best);
  const first = yield { point: best, label };
  if (predict(first.logits) !== label) return { point: best, fooled: true };
  let lowest = margin(first.logits, label);

  const candidate = best.slice(), signs = new Float64Array(channels);
  for (let iteration = 0; iteration < settings.queries && lowest > 0; iteration++) {
    const side = windowSide(iteration, height, width, settings);
    const top = side === height ? 0 : random.integer(height - side);
    const left = side === width ? 0 : random.integer(width - side);
    for (let c = 0; c < channels; c++) signs[c] = sign();
    const copyWindow = (from: Float32Array, to: Float32Array) => {
      for (let row = top; row < top + side; row++) {
        const start = (row * width + left) * channels, end = start + side * channels;
        to.set(from.subarray(start, end), start);
      }
    };
    for (let row = top; row < top + side; row++) {
      const start = (row * width + left) * channels;
      for (let i = 0; i < side * channels; i++) {
        // from anywhere in the ball, the published step of 2 epsilon ends on a bound of the ball
        const at = start + i;
        candidate[at] = signs[i % channels] > 0 ? ball.upper[at] : ball.lower[at];
      }
    }
    const { logits } = yield { point: candidate, label };
    const found = margin(logits, label);
    if (predict(logits) !== label) return { point: candidate, fooled: true };
    if (found < lowest || found <= 0) {
      lowest = found;
      copyWindow(candidate, best);
    } else {
      copyWindow(best, candidate);
    }
  }
  return { point: best, fooled: false };
}
