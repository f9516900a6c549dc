/** The lanes of an attack: what they ask, and what becomes of the answers. @module */
import type { Attack, Guess, Outcome, Request, Response, Sample } from "../attack.ts";
import { margin } from "../logits.ts";
import type { AttackSnapshot, Lane } from "./snapshot.ts";

/** What an attack found out about each sample. */
export interface AttackOutcome extends Outcome {
  /** Lowest margin seen in the ball; `Infinity` where nothing in it was evaluated. */
  readonly margin: number;
  /** Whether a run began with a gradient of zeros. */
  readonly zeroGradient: boolean;
}

/** One row of a block. */
export interface Row {
  readonly request: Request;
  readonly response: Response;
}

/** Lanes of all samples and variants, the lower variants of all samples first. */
export interface Lanes {
  /** Begins lanes until so many are running. */
  readonly admit: (wanted: number) => void;
  readonly request: (lane: Lane) => Request;
  /** At most `count` requests that the lane is likely to make next. */
  readonly guesses: (lane: Lane, count: number) => Guess[];
  /** Sends a lane the answers to its request and to its guesses; says whether it goes on. */
  readonly receive: (lane: Lane, rows: readonly Row[]) => boolean;
  /** Ends lanes, and what has become pointless of those that no engine has. */
  readonly retire: (ended: ReadonlySet<Lane>, busy: ReadonlySet<Lane>) => void;
  /** For each sample the outcome of its first variant that fooled the model, or else of its last. */
  readonly outcomes: () => AttackOutcome[];
}

/** The lanes of an attack, which keep all that they remember in `s`. */
export function createLanes(attack: Attack, samples: readonly Sample[], s: AttackSnapshot): Lanes {
  const { variants, evaluations } = attack;
  const { broken, last, margins, zeroGradient, spent } = s;
  const requests = new Map<Lane, Request>();

  /** Whether a lower variant has fooled the model already. */
  const pointless = ({ sample, variant }: Pick<Lane, "sample" | "variant">) =>
    broken[sample] !== undefined && broken[sample].variant < variant;

  function requestOf(lane: Lane): Request {
    let request = requests.get(lane);
    if (!request) requests.set(lane, request = attack.request(lane.state, samples[lane.sample]));
    return request;
  }

  /** Sends a lane one answer; says whether it goes on. */
  function advance(lane: Lane, response: Response): boolean {
    const { sample, variant } = lane, { label } = samples[sample];
    const { loss } = requestOf(lane);
    if (loss && lane.evaluations === 0 && response.gradient.every((value) => value === 0)) {
      zeroGradient[sample] = 1;
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

  return {
    admit(wanted) {
      while (s.running.length < wanted && s.next < samples.length * variants) {
        const sample = s.next % samples.length, variant = Math.floor(s.next / samples.length);
        s.next++;
        if (pointless({ sample, variant })) s.done += evaluations;
        else {
          const state = attack.start(samples[sample], variant);
          s.running.push({ sample, variant, state, evaluations: 0 });
        }
      }
    },
    request: requestOf,
    guesses: (lane, count) =>
      count > 0 ? attack.ahead!(lane.state, samples[lane.sample], count) : [],
    receive: (lane, rows) =>
      // what has become pointless while the engine had it is not worth an advance
      pointless(lane) || rows.every(({ request, response }, i) =>
        // a guess that did not come true tells nothing
        i > 0 && requestOf(lane).key !== request.key || advance(lane, response)
      ),
    retire(ended, busy) {
      s.running = s.running.filter((lane) => {
        if (ended.has(lane)) return false;
        if (!pointless(lane) || busy.has(lane)) return true;
        s.done += evaluations - lane.evaluations;
        requests.delete(lane);
        return false;
      });
    },
    outcomes: () =>
      samples.map((_, i) => ({
        ...broken[i]?.outcome ?? last[i]!,
        margin: margins[i],
        zeroGradient: zeroGradient[i] === 1,
      })),
  };
}
