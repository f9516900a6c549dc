/**
 * Runs many lanes at once: their requests fill the blocks of the model, lanes that end make room for
 * waiting ones, and what has become pointless is dropped.
 *
 * @module
 */
import type { Attack, Guess, Request, Sample } from "../attack.ts";
import { blocksInFlight, chooseBlock, lanesWanted } from "../blocks/choose.ts";
import { blockSizes, type SizeCounts } from "../blocks/sizes.ts";
import type { Victim } from "../victim/victim.ts";
import { type AttackOutcome, createLanes, type Row } from "./lanes.ts";
import { type AttackSnapshot, beginAttack, type Block, type Lane } from "./snapshot.ts";

/** Called after every block. */
export type AttackProgress = (state: {
  readonly attack: string;
  /** Evaluations done or found unnecessary. */
  readonly done: number;
  /** Evaluations that no image's attack exceeds. */
  readonly total: number;
  /** Images not yet seen misclassified. */
  readonly robust: number;
}) => void;

/** How {@linkcode runAttack} is watched and stopped. */
export interface RunAttackOptions {
  readonly onProgress?: AttackProgress;
  /** Where to go on. */
  readonly snapshot?: AttackSnapshot;
  /** What earlier attacks found worth compiling, without a snapshot; changed as this one goes on. */
  readonly sizes?: SizeCounts;
  /** Called after every block with the attack as it is then; to be stored before it returns. */
  readonly onBlock?: (snapshot: AttackSnapshot) => void | Promise<void>;
}

/**
 * Attacks images that the model classifies correctly.
 *
 * All lanes of an image are run, the lower variants of all images first, until one fools the model;
 * then the higher ones are dropped and the lower ones finished. So the outcome is the one of running
 * the variants one after another, whatever the block size and the other images.
 *
 * @returns For each sample the outcome of its first variant that fooled the model, or else of its
 * last
 */
export async function runAttack(
  victim: Victim,
  attack: Attack,
  samples: readonly Sample[],
  { onProgress, onBlock, snapshot, sizes }: RunAttackOptions = {},
): Promise<AttackOutcome[]> {
  const total = samples.length * attack.variants * attack.evaluations;
  const s = snapshot ?? beginAttack(samples.length, sizes);
  const lanes = createLanes(attack, samples, s), sizeOf = blockSizes(victim, s.sizes);
  const busy = () => new Set(s.inFlight.flatMap(({ lanes }) => lanes));

  /** The next block, and what its lanes ask. */
  function choose(): { block: Block; asked: Request[][] } | undefined {
    const taken = busy(), idle = s.running.filter((lane) => !taken.has(lane));
    const guessed = new Map<number, Guess[]>();
    const chosen = chooseBlock(victim, sizeOf, {
      idle: idle.map((lane) => lanes.request(lane).loss === undefined ? "logits" : "gradient"),
      running: s.running.length,
      inFlight: s.inFlight.length,
      left: total - s.done,
      chances: attack.ahead && ((place, count) => {
        const own = lanes.guesses(idle[place], count);
        guessed.set(place, own);
        return own.map(({ chance }) => chance);
      }),
    });
    if (!chosen) return;
    const { ahead, size } = chosen;
    const asked = chosen.lanes.map((place, i) => [
      lanes.request(idle[place]),
      ...(guessed.get(place) ?? []).slice(0, ahead[i]),
    ]);
    return { block: { lanes: chosen.lanes.map((place) => idle[place]), ahead, size }, asked };
  }

  const askedBefore = ({ lanes: own, ahead }: Block): Request[][] =>
    own.map((lane, i) => [lanes.request(lane), ...lanes.guesses(lane, ahead[i])]);

  const answers: Promise<Row[][]>[] = [];
  function ask({ size }: Block, asked: Request[][]): void {
    const answer = victim.evaluate(asked.flat(), size).then((responses) => {
      let next = 0;
      return asked.map((own) => own.map((request) => ({ request, response: responses[next++] })));
    });
    answer.catch(() => {}); // a failure is met where the answer is awaited
    answers.push(answer);
  }

  if (!snapshot) lanes.admit(lanesWanted(victim));
  try {
    for (const block of s.inFlight) ask(block, askedBefore(block));
    while (true) {
      while (s.inFlight.length < blocksInFlight(victim)) {
        const chosen = choose();
        if (!chosen) break;
        s.inFlight.push(chosen.block);
        ask(chosen.block, chosen.asked);
      }
      if (s.inFlight.length === 0) break;
      const rows = await answers.shift()!, { lanes: answered } = s.inFlight.shift()!;
      const ended = new Set<Lane>();
      answered.forEach((lane, i) => {
        if (!lanes.receive(lane, rows[i])) ended.add(lane);
      });
      lanes.retire(ended, busy());
      lanes.admit(lanesWanted(victim));
      onProgress?.({
        attack: attack.name,
        done: s.done,
        total,
        robust: s.broken.filter((found) => !found).length,
      });
      await onBlock?.(s);
    }
  } finally {
    // after a failure the engine may still compute another block with what the caller frees next
    await Promise.allSettled(answers);
  }
  return lanes.outcomes();
}
