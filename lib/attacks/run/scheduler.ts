/**
 * Runs many lanes at once: their requests fill the blocks of the model, lanes that end make room for
 * waiting ones, and what has become pointless is dropped.
 *
 * @module
 */
import { blockSizes, noSizes, type SizeCounts } from "./block_sizes.ts";
import { fillWithGuesses } from "./guesses.ts";
import { margin } from "../logits.ts";
import type { Attack, Guess, Outcome, Request, Response, Sample } from "../attack.ts";
import type { Victim } from "../victim/victim.ts";

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

/** An attack between two blocks: plain data, from which another process goes on. */
export interface AttackSnapshot {
  /** Lanes started or passed over. */
  next: number;
  /** Evaluations done or found unnecessary. */
  done: number;
  /** The lowest variant so far that fooled the model, of each sample. */
  readonly broken: ({ variant: number; outcome: Outcome } | undefined)[];
  /** The outcome of each sample's last variant. */
  readonly last: (Outcome | undefined)[];
  /** Evaluations spent on each sample, and how many they were when it broke first. */
  readonly spent: Uint32Array;
  readonly brokenAt: Uint32Array;
  /** Lowest margin seen in the ball. */
  readonly margins: Float32Array<ArrayBuffer>;
  /** Whether a lane of a sample began with a gradient of zeros. */
  readonly flat: Uint8Array;
  running: Running[];
  /** Blocks given to the engine and not answered. */
  inFlight: Block[];
  readonly sizes: SizeCounts;
}

interface Block {
  /** Among those running. */
  readonly lanes: Running[];
  /** How many requests of each lane are guessed. */
  readonly ahead: readonly number[];
  /** Rows to compute. */
  readonly size: number;
}

/** One row of a block. */
interface Row {
  readonly request: Request;
  readonly response: Response;
}

interface Running {
  readonly sample: number;
  readonly variant: number;
  readonly state: object;
  evaluations: number;
}

/** How {@linkcode runAttack} is watched and stopped. */
export interface RunOptions {
  readonly onProgress?: AttackProgress;
  /** Where to go on. */
  readonly snapshot?: AttackSnapshot;
  /** What earlier attacks found worth compiling, without a snapshot; changed as this one goes on. */
  readonly sizes?: SizeCounts;
  /** Called after every block with the attack as it is then; to be stored before it returns. */
  readonly onBlock?: (snapshot: AttackSnapshot) => void | Promise<void>;
}

/** What an attack found out about each sample. */
export interface AttackOutcome extends Outcome {
  /** Lowest margin seen in the ball; `Infinity` where nothing in it was evaluated. */
  readonly margin: number;
  /** Whether a run began with a gradient of zeros. */
  readonly flat: boolean;
}

/** Blocks given to each engine at a time: while it computes one, the lanes of another go on. */
const inFlightEach = 2;

/** Most requests of a lane that are guessed: one wrong guess makes all after it worthless. */
const mostAhead = 7;

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
  { onProgress, onBlock, snapshot, sizes }: RunOptions = {},
): Promise<AttackOutcome[]> {
  const { variants, evaluations } = attack, { parallel = 1 } = victim;
  const depth = inFlightEach * parallel;
  const total = samples.length * variants * evaluations;
  const s = snapshot ?? begin(samples.length, sizes);
  const { broken, last, margins, flat, spent } = s;
  const sizeOf = blockSizes(victim, s.sizes);
  const requests = new Map<Running, Request>();
  const pointless = ({ sample, variant }: { sample: number; variant: number }) =>
    broken[sample] !== undefined && broken[sample].variant < variant;
  const requestOf = (lane: Running): Request => {
    let request = requests.get(lane);
    if (!request) requests.set(lane, request = attack.request(lane.state, samples[lane.sample]));
    return request;
  };

  function admit(): void {
    // enough for full blocks of either kind of request beside those that the engine has
    while (
      s.running.length < (depth + 1) * victim.batchSize && s.next < samples.length * variants
    ) {
      const sample = s.next % samples.length, variant = Math.floor(s.next / samples.length);
      s.next++;
      if (pointless({ sample, variant })) s.done += evaluations;
      else {
        s.running.push({
          sample,
          variant,
          state: attack.start(samples[sample], variant),
          evaluations: 0,
        });
      }
    }
  }

  /** The next block: of the kind of request that more idle lanes have. */
  function choose(): { block: Block; asked: Request[][] } | undefined {
    const busy = new Set(s.inFlight.flatMap(({ lanes }) => lanes));
    const idle = s.running.filter((lane) => !busy.has(lane));
    const withLoss = idle.filter((lane) => requestOf(lane).loss !== undefined);
    const kind = 2 * withLoss.length >= idle.length ? "gradient" : "logits";
    const fitting = kind === "gradient"
      ? withLoss
      : idle.filter((lane) => requestOf(lane).loss === undefined);
    // engines that compute at the same time share the lanes; where guesses fill the blocks all the
    // same, one block more waits at an engine while the answers to another are taken in
    const guesses = attack.ahead !== undefined && kind === "logits";
    const parts = guesses ? parallel + 1 : parallel;
    const share = Math.min(victim.batchSize, Math.ceil(s.running.length / parts));
    // a block that is not full can wait for lanes that an engine has, unless another would idle
    const enough = parts > 1 ? Math.ceil(share / 2) : victim.batchSize;
    // seven lanes in three parts are 3, 2 and 2: of 3, 3 and 1 the last would always wait
    const left = Math.ceil(idle.length / Math.max(1, parts - s.inFlight.length));
    const lanes = fitting.slice(0, Math.min(share, Math.max(enough, left)));
    if (lanes.length === 0 || (lanes.length < enough && busy.size > 0)) return;
    const blocks = (total - s.done) / lanes.length;
    if (!guesses) {
      const block = { lanes, ahead: lanes.map(() => 0), size: sizeOf(lanes.length, kind, blocks) };
      return { block, asked: requestsOf(block) };
    }
    const most = Math.min(mostAhead, victim.batchSize - lanes.length);
    const guessed = lanes.map((lane) => guessesOf(lane, most));
    const chances = guessed.map((own) => own.map(({ chance }) => chance));
    const { rows, order } = fillWithGuesses(chances, victim.sizes, victim.overhead ?? 0);
    const size = sizeOf(rows, kind, blocks), ahead = lanes.map(() => 0);
    for (const lane of order.slice(0, size - lanes.length)) ahead[lane]++;
    const asked = lanes.map((lane, i) => [requestOf(lane), ...guessed[i].slice(0, ahead[i])]);
    return { block: { lanes, ahead, size }, asked };
  }
  const guessesOf = (lane: Running, count: number): Guess[] =>
    count > 0 ? attack.ahead!(lane.state, samples[lane.sample], count) : [];
  const requestsOf = ({ lanes, ahead }: Block): Request[][] =>
    lanes.map((lane, i) => [requestOf(lane), ...guessesOf(lane, ahead[i])]);

  const answers: Promise<Row[][]>[] = [];
  const ask = ({ size }: Block, asked: Request[][]) => {
    const answer = victim.evaluate(asked.flat(), size).then((responses) => {
      let next = 0;
      return asked.map((own) => own.map((request) => ({ request, response: responses[next++] })));
    });
    answer.catch(() => {}); // a failure is met where the answer is awaited
    answers.push(answer);
  };

  /** Takes in the answers to a lane's request and to guesses that came true; whether it goes on. */
  const receiveAll = (lane: Running, rows: readonly Row[]): boolean =>
    rows.every(({ request, response }, i) =>
      i > 0 && requestOf(lane).key !== request.key || receive(lane, response)
    );

  /** Takes in an answer; says whether the lane goes on. */
  function receive(lane: Running, response: Response): boolean {
    const { sample, variant } = lane, { label } = samples[sample];
    const request = requestOf(lane);
    if (request.loss && lane.evaluations === 0 && response.gradient.every((value) => value === 0)) {
      flat[sample] = 1;
    }
    if (attack.inBall) margins[sample] = Math.min(margins[sample], margin(response.logits, label));
    lane.evaluations++;
    s.done++;
    spent[sample]++;
    requests.delete(lane);
    const outcome = attack.advance(lane.state, response, samples[sample]);
    if (!outcome) return true;
    s.done += evaluations - lane.evaluations;
    const kept = { point: outcome.point.slice(), fooled: outcome.fooled };
    if (outcome.fooled) {
      if (!broken[sample]) s.brokenAt[sample] = spent[sample];
      if (!pointless(lane)) broken[sample] = { variant, outcome: kept };
      margins[sample] = Math.min(margins[sample], margin(response.logits, label));
    } else if (variant === variants - 1) last[sample] = kept;
    return false;
  }

  if (!snapshot) admit();
  try {
    for (const block of s.inFlight) ask(block, requestsOf(block));
    while (true) {
      while (s.inFlight.length < depth) {
        const chosen = choose();
        if (!chosen) break;
        s.inFlight.push(chosen.block);
        ask(chosen.block, chosen.asked);
      }
      if (s.inFlight.length === 0) break;
      const rows = await answers.shift()!, { lanes } = s.inFlight.shift()!;
      const ended = new Set<Running>();
      lanes.forEach((lane, i) => {
        // what has become pointless while the engine had it is not worth an advance
        if (!pointless(lane) && !receiveAll(lane, rows[i])) ended.add(lane);
      });
      const busy = new Set(s.inFlight.flatMap(({ lanes }) => lanes));
      s.running = s.running.filter((lane) => {
        if (ended.has(lane)) return false;
        if (!pointless(lane) || busy.has(lane)) return true;
        s.done += evaluations - lane.evaluations;
        requests.delete(lane);
        return false;
      });
      admit();
      onProgress?.({
        attack: attack.name,
        done: s.done,
        total,
        robust: broken.filter((found) => !found).length,
      });
      await onBlock?.(s);
    }
  } finally {
    // after a failure the engine may still compute another block with what the caller frees next
    await Promise.allSettled(answers);
  }
  return samples.map((_, i) => ({
    ...broken[i]?.outcome ?? last[i]!,
    margin: margins[i],
    flat: flat[i] === 1,
  }));
}

function begin(count: number, sizes = noSizes()): AttackSnapshot {
  return {
    next: 0,
    done: 0,
    broken: Array.from({ length: count }, () => undefined),
    last: Array.from({ length: count }, () => undefined),
    spent: new Uint32Array(count),
    brokenAt: new Uint32Array(count),
    margins: new Float32Array(count).fill(Infinity),
    flat: new Uint8Array(count),
    running: [],
    inFlight: [],
    sizes,
  };
}
