/** Which of the waiting requests make up the next block. @module */
import { fillWithGuesses } from "./guesses.ts";
import type { BlockKind, BlockShapes } from "./shapes.ts";
import type { SizeOf } from "./sizes.ts";

/** Blocks given to each engine at a time: while it computes one, the lanes of another go on. */
const inFlightEach = 2;

/** Most requests of a lane that are guessed: one wrong guess makes all after it worthless. */
const mostAhead = 7;

/** Blocks given to a model's engines at a time. */
export const blocksInFlight = ({ parallel = 1 }: BlockShapes): number => inFlightEach * parallel;

/** Lanes to have at a time: full blocks of either kind of request beside those that engines have. */
export const lanesWanted = (shapes: BlockShapes): number =>
  (blocksInFlight(shapes) + 1) * shapes.batchSize;

/** Who waits, and what for. */
export interface Waiting {
  /** What each lane asks for that no engine has. */
  readonly idle: readonly BlockKind[];
  /** Lanes begun and not ended, those that engines have among them. */
  readonly running: number;
  /** Blocks that engines have. */
  readonly inFlight: number;
  /** Evaluations that may yet be asked for. */
  readonly left: number;
  /** How likely the next requests of an idle lane are, at most `count`; absent without guesses. */
  readonly chances?: (lane: number, count: number) => readonly number[];
}

/** A block to evaluate. */
export interface ChosenBlock {
  /** Places among the idle lanes. */
  readonly lanes: readonly number[];
  /** How many requests of each lane are guessed. */
  readonly ahead: readonly number[];
  /** Rows to compute. */
  readonly size: number;
}

/**
 * Chooses the next block: of the kind of request that more idle lanes have. Nothing where it is
 * better to wait for an answer.
 */
export function chooseBlock(
  shapes: BlockShapes,
  sizeOf: SizeOf,
  { idle, running, inFlight, left, chances }: Waiting,
): ChosenBlock | undefined {
  const { batchSize, parallel = 1, sizes, overhead = 0 } = shapes;
  const places = idle.map((_, place) => place);
  const withLoss = places.filter((place) => idle[place] === "gradient");
  const kind = 2 * withLoss.length >= idle.length ? "gradient" : "logits";
  const fitting = kind === "gradient"
    ? withLoss
    : places.filter((place) => idle[place] === "logits");
  // engines that compute at the same time share the lanes; where guesses fill the blocks all the
  // same, one block more waits at an engine while the answers to another are received
  const guessing = chances !== undefined && kind === "logits";
  const parts = guessing ? parallel + 1 : parallel;
  const share = Math.min(batchSize, Math.ceil(running / parts));
  // a block that is not full can wait for lanes that an engine has, unless another would idle
  const enough = parts > 1 ? Math.ceil(share / 2) : batchSize;
  // seven lanes in three parts are 3, 2 and 2: of 3, 3 and 1 the last would always wait
  const even = Math.ceil(idle.length / Math.max(1, parts - inFlight));
  const lanes = fitting.slice(0, Math.min(share, Math.max(enough, even)));
  if (lanes.length === 0 || (lanes.length < enough && inFlight > 0)) return;
  const blocks = left / lanes.length, ahead = lanes.map(() => 0);
  if (!guessing) return { lanes, ahead, size: sizeOf(lanes.length, kind, blocks) };
  const most = Math.min(mostAhead, batchSize - lanes.length);
  const guessed = lanes.map((lane) => most > 0 ? chances(lane, most) : []);
  const { rows, order } = fillWithGuesses(guessed, sizes, overhead);
  const size = sizeOf(rows, kind, blocks);
  for (const lane of order.slice(0, size - lanes.length)) ahead[lane]++;
  return { lanes, ahead, size };
}
