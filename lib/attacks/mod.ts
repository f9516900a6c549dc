/**
 * L-infinity attacks on classifiers: FGSM, PGD and AutoAttack (APGD-CE, APGD-DLR, APGD-T, FAB, FAB-T,
 * Square).
 *
 * Each attack is written for one image, as a state machine that asks for evaluations; a scheduler
 * runs many of them in full blocks of one compiled program, and can stop and go on at any block. Verdicts do not depend on the block size.
 *
 * @example
 * ```ts
 * import { openEngine } from "../engines/mod.ts";
 * import { tf } from "../tensorflow/mod.ts";
 * import { createVictim, runPgd } from "./mod.ts";
 * using engine = await openEngine({ kind: "cpu" });
 * using victim = createVictim({
 *   engine,
 *   batchSize: 2,
 *   classifier: {
 *     name: "brightness",
 *     classes: 2,
 *     image: [1, 1, 1],
 *     weights: { w: { shape: [1, 2], data: new Float32Array([-1, 1]) } },
 *     logits: ({ w }, x) => tf.matMul(tf.sub(tf.reshape(x, [-1, 1]), 0.5), w as typeof tf.Tensor.prototype),
 *   },
 * });
 * const { robust } = await runPgd(victim, {
 *   images: new Float32Array([0.51, 0.9]),
 *   labels: [1, 1],
 *   epsilon: 8 / 255,
 *   settings: { steps: 10, step_size: 2 / 255, random_start: false, restarts: 1, keep: "last" },
 *   seed: 0,
 * });
 * console.log(robust); // [false, true]
 * ```
 *
 * @module
 */
export * from "./apgd.ts";
export * from "./apgd_run.ts";
export * from "./ball.ts";
export * from "./checks/mod.ts";
export * from "./victim/evaluate.ts";
export * from "./fab.ts";
export * from "./fab_projection.ts";
export * from "./logits.ts";
export * from "./pgd.ts";
export * from "./attack.ts";
export * from "./run/run_attacks.ts";
export * from "./run/scheduler.ts";
export * from "./victim/search.ts";
export * from "./square.ts";
export * from "./versions.ts";
export * from "./victim/victim.ts";
export * from "./victim/pool.ts";
