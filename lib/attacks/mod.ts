/**
 * L-infinity attacks on classifiers. The attacks there are lie in `catalogue/`, one file each; a new
 * file is a new attack.
 *
 * An attack is written for one image, as a state machine that asks for evaluations. A scheduler runs
 * many of them in full blocks of one compiled program, and can stop and go on at any block. Verdicts
 * do not depend on the block size.
 *
 * @example
 * ```ts
 * import { openEngine } from "../engines/mod.ts";
 * import { tf } from "../tensorflow/mod.ts";
 * import { attack as pgd50 } from "./catalogue/pgd50.ts";
 * import { createVictim, planAttacks, runAttacks } from "./mod.ts";
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
 * const epsilon = 8 / 255;
 * const planned = planAttacks({ pgd50 }, [{ attack: "pgd50", settings: { steps: 10 } }], {
 *   classes: victim.classes,
 *   image: victim.image,
 *   epsilon,
 *   seed: 0,
 * });
 * const { robust } = await runAttacks(victim, {
 *   images: new Float32Array([0.51, 0.9]),
 *   labels: [1, 1],
 *   epsilon,
 *   attacks: planned.map(({ attack }) => attack),
 * });
 * console.log(robust); // [false, true]
 * ```
 *
 * @module
 */
export * from "./attack.ts";
export * from "./ball.ts";
// by name: what is beneath the boundary has no names for who bundles this
export { poolVictims } from "./blocks/pool.ts";
export * from "./checks/mod.ts";
export * from "./logits.ts";
export * from "./loss.ts";
export * from "./plan.ts";
export * from "./rule.ts";
export * from "./run/options.ts";
export * from "./run/run_attacks.ts";
export * from "./victim/create_victim.ts";
export * from "./victim/evaluate.ts";
export * from "./victim/search.ts";
export * from "./victim/victim.ts";
