import type { Limits } from "./schema.ts";

/**
 * Limits of the numbers that profiles and `deno task evaluate` have in common or that say how much
 * there is. Stages work on every number inside; what lies outside does not fit in int32, in memory
 * or in a lifetime.
 */
export const LIMITS = {
  /** A part of it is held out. */
  trainImages: { min: 2, max: 2_000_000, integer: true },
  testImages: { min: 1, max: 2_000_000, integer: true },
  /** They lie in memory as float32, with their adversarial examples. */
  attackedImages: { min: 1, max: 100_000, integer: true },
  batch: { min: 1, max: 10_000, integer: true },
  epochs: { min: 1, max: 10_000, integer: true },
  iterations: { min: 1, max: 10_000, integer: true },
  queries: { min: 1, max: 1_000_000, integer: true },
  restarts: { min: 1, max: 1_000, integer: true },
  /** Target classes of CIFAR-10. */
  targets: { min: 1, max: 9, integer: true },
  seed: { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true },
  jobs: { min: 1, max: 9999, integer: true },
  /** Pixels in [0, 1]; with 0, robust is clean. */
  epsilon: { min: 0, max: 1 },
  /** Pixels in [0, 1]. */
  stepSize: { above: 0, max: 1 },
  /** Each is a pass of its own in the compiled training step. */
  trainingAttackSteps: { min: 1, max: 50, integer: true },
} as const satisfies Readonly<Record<string, Limits>>;
