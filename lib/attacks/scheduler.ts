/**
 * Runs many lanes at once: their requests fill the blocks of the model, lanes that end make room for
 * waiting ones, and what has become pointless is dropped.
 *
 * @module
 */
import type { Attack, Lane, Outcome, Request, Sample } from "./request.ts";
import type { Victim } from "./victim.ts";

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

/**
 * Full blocks' worth of empty rows that is computed before a program of a smaller size is compiled:
 * about what compiling costs. Counted anew in each attack, and not timed, so that the same attack
 * always uses the same programs.
 */
const patience = 64;

interface Running {
  readonly sample: number;
  readonly variant: number;
  readonly lane: Lane;
  request: Request;
  evaluations: number;
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
  onProgress?: AttackProgress,
): Promise<Outcome[]> {
  const { variants, evaluations } = attack;
  const broken = samples.map((): { variant: number; outcome: Outcome } | undefined => undefined);
  const last = samples.map((): Outcome | undefined => undefined);
  const total = samples.length * variants * evaluations;
  let done = 0, robust = samples.length, next = 0, running: Running[] = [];
  const pointless = (sample: number, variant: number) =>
    broken[sample] !== undefined && broken[sample].variant < variant;

  /** Sends an answer to a lane (or starts it) and takes its next request or its outcome. */
  function advance(running: Running, step: IteratorResult<Request, Outcome>): boolean {
    if (!step.done) {
      running.request = step.value;
      return true;
    }
    const { sample, variant } = running, outcome = step.value;
    done += evaluations - running.evaluations;
    if (outcome.fooled) {
      if (!broken[sample]) robust--;
      if (!pointless(sample, variant)) broken[sample] = { variant, outcome };
    } else if (variant === variants - 1) last[sample] = outcome;
    return false;
  }

  function admit(): void {
    // twice a block, so that a block of one kind of request can be full when two kinds wait
    while (running.length < 2 * victim.batchSize && next < samples.length * variants) {
      const sample = next % samples.length, variant = Math.floor(next / samples.length);
      next++;
      if (pointless(sample, variant)) {
        done += evaluations;
        continue;
      }
      const lane = attack.start(samples[sample], variant);
      const first = lane.next(undefined as never); // what starts a generator is not received
      const entry = { sample, variant, lane, request: first.value as Request, evaluations: 0 };
      if (advance(entry, first)) running.push(entry);
    }
  }

  const sizeOf = blockSizes(victim);
  admit();
  while (running.length > 0) {
    const withLoss = running.filter(({ request }) => request.loss !== undefined);
    const without = running.filter(({ request }) => request.loss === undefined);
    const kind = withLoss.length >= without.length ? "gradient" : "logits";
    const block = (kind === "gradient" ? withLoss : without).slice(0, victim.batchSize);
    const answers = await victim.evaluate(
      block.map(({ request }) => request),
      sizeOf(block.length, kind),
    );
    const ended = new Set<Running>();
    block.forEach((entry, i) => {
      entry.evaluations++;
      done++;
      if (!advance(entry, entry.lane.next(answers[i]))) ended.add(entry);
    });
    running = running.filter((entry) => {
      if (ended.has(entry)) return false;
      if (!pointless(entry.sample, entry.variant)) return true;
      done += evaluations - entry.evaluations;
      return false;
    });
    admit();
    onProgress?.({ attack: attack.name, done, total, robust });
  }
  return samples.map((_, i) => broken[i]?.outcome ?? last[i]!);
}

/** Chooses the sizes of an attack's blocks by how many rows stayed empty before. */
function blockSizes({ sizes, batchSize }: Victim) {
  const empty = new Map<string, number>(), earned = new Set<string>();
  return (count: number, kind: "gradient" | "logits"): number => {
    const fitting = sizes.filter((size) => size >= count), best = fitting[0];
    const used = fitting.find((size) => size === batchSize || earned.has(`${kind} ${size}`))!;
    const key = `${kind} ${best}`, wasted = (empty.get(key) ?? 0) + used - best;
    empty.set(key, wasted);
    if (wasted >= patience * batchSize) earned.add(key);
    return used;
  };
}
