/**
 * AutoAttack, version standard (Croce & Hein 2020): APGD-CE, APGD-T, FAB-T and Square, in this order,
 * each on the images that the ones before it left robust.
 *
 * @module
 */
import { apgdCrossEntropy, apgdTargeted } from "./apgd.ts";
import {
  type AttackResult,
  evaluateLogits,
  imageAt,
  type LabelledImages,
  share,
  toSamples,
} from "./evaluate.ts";
import { fabTargeted } from "./fab.ts";
import type { Attack } from "./request.ts";
import { type AttackProgress, runAttack } from "./scheduler.ts";
import { square } from "./square.ts";
import type { Victim } from "./victim.ts";

/** Parameters of the four attacks; {@linkcode standard} has the published ones. */
export interface AutoAttackSettings {
  readonly apgd_iterations: number;
  readonly apgd_targets: number;
  readonly fab_iterations: number;
  readonly fab_targets: number;
  readonly square_queries: number;
}

/** The published parameters. */
export const standard: AutoAttackSettings = {
  apgd_iterations: 100,
  apgd_targets: 9,
  fab_iterations: 100,
  fab_targets: 9,
  square_queries: 5000,
};

/** One attack's share in the verdict. */
export interface AttackRecord {
  readonly name: string;
  /** Images still robust before and after it. */
  readonly robust_before: number;
  readonly robust_after: number;
  /** How long it took; never part of a verdict. */
  readonly seconds: number;
}

/** All that is needed to go on after a finished attack. */
export interface AutoAttackState {
  readonly attacks: readonly AttackRecord[];
  /** Attack that broke each image; `null` for the others. */
  readonly brokenBy: readonly (string | null)[];
  /** `[N, H, W, C]` */
  readonly adversarial: Float32Array<ArrayBuffer>;
}

/** What {@linkcode autoAttack} is given besides the model. */
export interface AutoAttackOptions extends LabelledImages {
  /** Radius in pixels in [0, 1], for example 8 / 255. */
  readonly epsilon: number;
  readonly settings: AutoAttackSettings;
  readonly seed: bigint | number;
  /** Where an earlier run ended. */
  readonly state?: AutoAttackState;
  /** Called after each attack. */
  readonly onState?: (state: AutoAttackState) => void | Promise<void>;
  /** `overall` is the share of all four attacks that is done, at most 1. */
  readonly onProgress?: (overall: number, ...state: Parameters<AttackProgress>) => void;
}

/** What AutoAttack leaves. */
export interface AutoAttackResult extends AttackResult {
  readonly attacks: readonly AttackRecord[];
  readonly brokenBy: readonly (string | null)[];
}

/** The four attacks for a model. */
export function standardAttacks(
  { classes, image }: Pick<Victim, "classes" | "image">,
  settings: AutoAttackSettings,
  epsilon: number,
  seed: bigint | number,
): Attack[] {
  const apgd = { iterations: settings.apgd_iterations };
  const fab = { iterations: settings.fab_iterations };
  return [
    apgdCrossEntropy(apgd, epsilon, seed),
    apgdTargeted(apgd, settings.apgd_targets, classes, epsilon, seed),
    fabTargeted(fab, settings.fab_targets, classes, epsilon),
    square({ queries: settings.square_queries }, image, epsilon, seed),
  ];
}

/**
 * Attacks every correctly classified image with the four attacks.
 *
 * An adversarial example counts when a forward pass of its own misclassifies it too; the robust
 * accuracy is recomputed from all of them at the end.
 *
 * @throws {RangeError} If an argument is out of range, or the model has fewer than four classes
 */
export async function autoAttack(
  victim: Victim,
  options: AutoAttackOptions,
): Promise<AutoAttackResult> {
  const { images, labels, settings, epsilon, seed, state, onState, onProgress } = options;
  const plan = standardAttacks(victim, settings, epsilon, seed);
  const whole = plan.reduce((sum, { cost }) => sum + cost, 0);
  const clean = await evaluateLogits(victim, options);
  const adversarial = state?.adversarial.slice() ?? images.slice();
  const brokenBy = state ? [...state.brokenBy] : Array.from(labels, () => null as string | null);
  const attacks = state ? [...state.attacks] : [];
  const isRobust = (i: number) => clean.correct[i] && brokenBy[i] === null;

  let spent = plan.slice(0, attacks.length).reduce((sum, { cost }) => sum + cost, 0);
  for (const attack of plan.slice(attacks.length)) {
    const started = performance.now();
    const { samples, positions } = toSamples(victim, options, clean.logits, isRobust);
    const outcomes = await runAttack(
      victim,
      attack,
      samples,
      (state) => onProgress?.((spent + attack.cost * state.done / state.total) / whole, state),
    );
    const fooled = positions.filter((_, i) => outcomes[i].fooled);
    outcomes.forEach(({ point, fooled }, i) => {
      if (fooled) imageAt(victim, adversarial, positions[i]).set(point);
    });
    for (const i of await confirmed(victim, adversarial, labels, fooled)) brokenBy[i] = attack.name;
    for (const i of fooled) {
      if (brokenBy[i] === null) {
        imageAt(victim, adversarial, i).set(imageAt(victim, images, i));
      }
    }
    attacks.push({
      name: attack.name,
      robust_before: samples.length,
      robust_after: clean.correct.filter((_, i) => isRobust(i)).length,
      seconds: (performance.now() - started) / 1000,
    });
    spent += attack.cost;
    await onState?.({ attacks: [...attacks], brokenBy: [...brokenBy], adversarial });
  }

  const attacked = await evaluateLogits(victim, { images: adversarial, labels });
  const robust = clean.correct.map((correct, i) => correct && attacked.correct[i]);
  return {
    adversarial,
    clean: clean.correct,
    robust,
    cleanAccuracy: clean.accuracy,
    robustAccuracy: share(robust),
    attacks,
    brokenBy: brokenBy.map((name, i) => robust[i] ? null : name),
  };
}

/** Those of `positions` whose adversarial example a pass for logits alone misclassifies. */
async function confirmed(
  victim: Victim,
  adversarial: Float32Array<ArrayBuffer>,
  labels: ArrayLike<number>,
  positions: readonly number[],
): Promise<number[]> {
  const size = victim.image[0] * victim.image[1] * victim.image[2];
  const images = new Float32Array(positions.length * size);
  positions.forEach((p, i) => images.set(imageAt(victim, adversarial, p), i * size));
  const { correct } = await evaluateLogits(victim, {
    images,
    labels: positions.map((p) => labels[p]),
  });
  return positions.filter((_, i) => !correct[i]);
}
