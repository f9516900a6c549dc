/**
 * Several attacks one after another, each on the images that the ones before it left robust: what
 * AutoAttack is.
 *
 * @module
 */
import { estimateSurvival } from "../blocks/estimate.ts";
import { noSizes } from "../blocks/sizes.ts";
import { margin } from "../logits.ts";
import { evaluateLogits, imageAt, share, toSamples } from "../victim/evaluate.ts";
import { searchVictim } from "../victim/search.ts";
import type { Victim } from "../victim/victim.ts";
import { decodeCheckpoint, encodeCheckpoint, identityOf, type Position } from "./checkpoint.ts";
import type { RunAttacksOptions, RunAttacksResult } from "./options.ts";
import { runAttack } from "./scheduler.ts";
import { settle } from "./settle.ts";
import type { AttackSnapshot } from "./snapshot.ts";

/**
 * Attacks every correctly classified image with a list of attacks.
 *
 * An adversarial example counts when a forward pass of its own misclassifies it too; the robust
 * accuracy is recomputed from all of them at the end. Robust images are stored as they are.
 *
 * @throws {RangeError} If an argument is out of range, or the model's numbers are not finite
 */
export async function runAttacks(
  victim: Victim,
  options: RunAttacksOptions,
): Promise<RunAttacksResult> {
  const { images, labels, attacks, onProgress, onCheckpoint } = options, count = labels.length;
  const searched = options.search ? searchVictim(options.search, victim) : victim;
  const clean = options.clean ?? await evaluateLogits(victim, options);
  const identity = identityOf(victim, options);
  const found = options.resume && decodeCheckpoint(options.resume, identity);
  if (typeof found === "string") options.onRestart?.(found);
  const resumed = typeof found === "string" ? undefined : found;
  const position = resumed ?? begin(count);
  const { brokenBy, examples, margins, zeroGradient, records } = position;
  const isRobust = (i: number) => clean.correct[i] && brokenBy[i] === null;
  const robustCount = () => clean.correct.filter((_, i) => isRobust(i)).length;
  if (resumed) {
    const next = attacks[records.length]?.name ?? attacks.at(-1)?.name ?? "";
    options.onResume?.({ attack: next, robust: robustCount() });
  }
  const checkpoint = async (current?: Position["current"]) =>
    await onCheckpoint?.(encodeCheckpoint({ ...position, current }, identity));

  const whole = attacks.reduce((sum, { cost }) => sum + cost, 0);
  let spent = attacks.slice(0, records.length).reduce((sum, { cost }) => sum + cost, 0);
  let current = position.current;
  for (const attack of attacks.slice(records.length)) {
    const before = current?.seconds ?? 0, started = performance.now();
    const seconds = () => before + (performance.now() - started) / 1000;
    const { samples, positions } = toSamples(victim, options, clean.logits, isRobust);
    let snapshot: AttackSnapshot | undefined = current?.snapshot, written = started;
    const outcomes = await runAttack(searched, attack, samples, {
      snapshot,
      sizes: position.sizes,
      onProgress: onProgress && ((state) =>
        onProgress({
          ...state,
          overall: (spent + attack.cost * state.done / Math.max(1, state.total)) / whole,
          count,
          estimate: snapshot ? estimateSurvival(snapshot) / count : state.robust / count,
        })),
      async onBlock(now) {
        snapshot = now;
        const { checkpointEvery = 30_000 } = options;
        if (!onCheckpoint || performance.now() - written < checkpointEvery) return;
        await checkpoint({ snapshot: now, seconds: seconds() });
        written = performance.now();
      },
    });
    current = undefined;
    await settle(victim, attack, position, { labels, positions, outcomes });
    records.push({
      name: attack.name,
      robust_before: samples.length,
      robust_after: robustCount(),
      seconds: seconds(),
    });
    spent += attack.cost;
    await checkpoint();
  }

  const adversarial = images.slice();
  for (const [i, point] of examples) imageAt(victim, adversarial, i).set(point);
  const attacked = await evaluateLogits(victim, { images: adversarial, labels });
  const robust = clean.correct.map((correct, i) => correct && attacked.correct[i]);
  const { classes } = victim;
  robust.forEach((isRobust, i) => {
    if (isRobust) return;
    margins[i] = margin(attacked.logits.subarray(i * classes, (i + 1) * classes), labels[i]);
  });
  return {
    adversarial,
    clean: clean.correct,
    robust,
    cleanAccuracy: clean.accuracy,
    robustAccuracy: share(robust),
    attacks: [...records],
    brokenBy: brokenBy.map((name, i) => robust[i] ? null : name),
    margins,
    logits: clean.logits,
    zeroGradients: zeroGradient.filter((value) => value === 1).length,
  };
}

const begin = (count: number): Position => ({
  records: [],
  brokenBy: Array.from({ length: count }, () => null),
  examples: new Map(),
  margins: new Float32Array(count).fill(Infinity),
  zeroGradient: new Uint8Array(count),
  sizes: noSizes(),
});
