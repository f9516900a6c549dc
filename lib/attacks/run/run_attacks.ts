/**
 * Several attacks one after another, each on the images that the ones before it left robust: what
 * AutoAttack is.
 *
 * @module
 */
import { noSizes } from "./block_sizes.ts";
import { decodeCheckpoint, encodeCheckpoint, identityOf, type Position } from "./checkpoint.ts";
import { estimateSurvival } from "./estimate.ts";
import {
  type AttackResult,
  evaluateLogits,
  imageAt,
  type LabelledImages,
  share,
  toSamples,
} from "../victim/evaluate.ts";
import { margin } from "../logits.ts";
import { pgd, type PgdSettings } from "../pgd.ts";
import type { Attack } from "../attack.ts";
import { type AttackOutcome, type AttackSnapshot, runAttack } from "./scheduler.ts";
import { type Search, searchVictim } from "../victim/search.ts";
import type { Victim } from "../victim/victim.ts";

/** One attack's share in the verdict. */
export interface AttackRecord {
  readonly name: string;
  /** Images still robust before and after it. */
  readonly robust_before: number;
  readonly robust_after: number;
  /** How long it took, over all processes that worked at it; never part of a verdict. */
  readonly seconds: number;
}

/** What {@linkcode runAttacks} is given besides the model. */
export interface RunAttacksOptions extends LabelledImages {
  /** Radius in pixels in [0, 1], for example 8 / 255. */
  readonly epsilon: number;
  /** In order. */
  readonly attacks: readonly Attack[];
  /**
   * The same model in lower precision, with which the attacks then search; verdicts are those of the
   * exact one all the same. See {@linkcode searchVictim}.
   */
  readonly search?: Search;
  /**
   * What the results depend on that is not visible here: the weights, the attacks' parameters and
   * seed, the engine. A checkpoint of another identity, other images or another block size is not
   * gone on with.
   */
  readonly identity?: string;
  /**
   * Bytes that an earlier run handed to `onCheckpoint`. From those of another identity nothing is
   * taken, nor from what cannot be read; whoever stores them has to notice flipped bits.
   */
  readonly resume?: Uint8Array;
  /** Milliseconds between checkpoints inside an attack, 30,000 by default. */
  readonly checkpointEvery?: number;
  /** Called now and then, and after each attack. When it is called changes no result. */
  readonly onCheckpoint?: (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>;
  /** Called once where an earlier run is gone on with. */
  readonly onResume?: (where: { readonly attack: string; readonly robust: number }) => void;
  /** Called once where `resume` is given but not gone on with: why. */
  readonly onRestart?: (why: string) => void;
  readonly onProgress?: (state: RunProgress) => void;
}

/** How far {@linkcode runAttacks} is. */
export interface RunProgress {
  /** Share of all attacks done, 0 to 1, weighted by their cost. */
  readonly overall: number;
  readonly attack: string;
  /** Evaluations of this attack, done or found unnecessary, and at most needed. */
  readonly done: number;
  readonly total: number;
  /** Images not yet seen misclassified, of all images. */
  readonly robust: number;
  readonly count: number;
  /** Robust accuracy to expect after this attack; see {@linkcode estimateSurvival}. */
  readonly estimate: number;
}

/** What {@linkcode runAttacks} leaves. */
export interface RunAttacksResult extends AttackResult {
  readonly attacks: readonly AttackRecord[];
  /** Attack that broke each image; `null` for the others. */
  readonly brokenBy: readonly (string | null)[];
  /**
   * Logit of the label minus the highest other: at the stored example of a broken image, the lowest
   * seen in the ball for a robust one (as the model sees it that is searched with), at the image itself where it is
   * misclassified.
   */
  readonly margins: Float32Array<ArrayBuffer>;
  /** Clean logits, `[N, classes]`. */
  readonly logits: Float32Array<ArrayBuffer>;
  /** Images for which an attack began with a gradient of nothing but zeros. */
  readonly zeroGradients: number;
}

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
  const clean = await evaluateLogits(victim, options);
  const identity = identityOf(victim, options);
  const found = options.resume && decodeCheckpoint(options.resume, identity);
  if (typeof found === "string") options.onRestart?.(found);
  const resumed = typeof found === "string" ? undefined : found;
  const position = resumed ?? begin(count);
  const { brokenBy, examples, margins, flat, records } = position;
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
    zeroGradients: flat.filter((value) => value === 1).length,
  };
}

const begin = (count: number): Position => ({
  records: [],
  brokenBy: Array.from({ length: count }, () => null),
  examples: new Map(),
  margins: new Float32Array(count).fill(Infinity),
  flat: new Uint8Array(count),
  sizes: noSizes(),
});

/** Enters an attack's outcomes: examples that a pass for logits alone misclassifies too. */
async function settle(
  victim: Victim,
  attack: Attack,
  { brokenBy, examples, margins, flat }: Position,
  { labels, positions, outcomes }: {
    readonly labels: ArrayLike<number>;
    readonly positions: readonly number[];
    readonly outcomes: readonly AttackOutcome[];
  },
): Promise<void> {
  outcomes.forEach((outcome, i) => {
    margins[positions[i]] = Math.min(margins[positions[i]], outcome.margin);
    if (outcome.flat) flat[positions[i]] = 1;
  });
  const found = outcomes.flatMap(({ fooled, point }, i) =>
    fooled ? [{ at: positions[i], point }] : []
  );
  const size = victim.image[0] * victim.image[1] * victim.image[2];
  const images = new Float32Array(found.length * size);
  found.forEach(({ point }, i) => images.set(point, i * size));
  const { correct } = await evaluateLogits(victim, {
    images,
    labels: found.map(({ at }) => labels[at]),
  });
  found.forEach(({ at, point }, i) => {
    if (correct[i]) return;
    brokenBy[at] = attack.name;
    examples.set(at, point);
  });
}

/** What {@linkcode runPgd} is given besides the model. */
export interface PgdOptions extends Omit<RunAttacksOptions, "attacks"> {
  readonly settings: PgdSettings;
  readonly seed: bigint | number;
}

/**
 * Attacks every correctly classified image with PGD.
 *
 * @throws {RangeError} If an argument is out of range
 */
export function runPgd(victim: Victim, options: PgdOptions): Promise<RunAttacksResult> {
  const { settings, epsilon, seed } = options;
  return runAttacks(victim, { ...options, attacks: [pgd(settings, epsilon, seed)] });
}
