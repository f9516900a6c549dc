/**
 * An attack on one image is a state machine (a *lane*): it asks for an evaluation of the model by a
 * {@linkcode Request} and is sent a {@linkcode Response}, until it has an {@linkcode Outcome}.
 *
 * @module
 */

/** One evaluation of the model at one point. */
export interface Request {
  /** `[H, W, C]`, pixels in [0, 1]; read before the lane goes on. */
  readonly point: Float32Array;
  /** Changes a copy of `point`, which is then evaluated: for points that differ from it in little. */
  readonly change?: (copy: Float32Array) => void;
  readonly label: number;
  /**
   * Name of the loss to differentiate, one of those the rule brings; without it only the logits are
   * computed, at a third of the cost.
   */
  readonly loss?: string;
  /** Class that a targeted loss leads to. */
  readonly target?: number;
  /** False where no verdict hangs on the answer, since the point is outside of the ball, say. */
  readonly decides?: boolean;
  /** Names the point among all that its lane may ask for; only where there are guesses. */
  readonly key?: number;
}

/** A request that a lane is likely to make. */
export interface Guess extends Request {
  /** The lane's own request has the same where it came true. */
  readonly key: number;
  /** How likely the lane is to make it, 0 to 1; no more than for the guess before. */
  readonly chance: number;
}

/** Answer to a {@linkcode Request}; valid until the lane goes on. */
export interface Response {
  /** `[classes]` */
  readonly logits: Float32Array;
  /** Value of the loss; 0 where none was asked for. */
  readonly loss: number;
  /** Gradient of the loss at the point, `[H, W, C]`; empty where no loss was asked for. */
  readonly gradient: Float32Array;
}

/** What an attack on one image ends with. */
export interface Outcome {
  /** The adversarial example, or the last point tried. */
  readonly point: Float32Array;
  /** Whether the model was seen to misclassify `point`. */
  readonly fooled: boolean;
}

/** An image to attack. */
export interface Sample {
  /** `[H, W, C]`, pixels in [0, 1] */
  readonly image: Float32Array;
  readonly label: number;
  /** Names the image's random streams, so that they do not depend on its neighbours. */
  readonly index: number;
  /** Logits of the clean image, `[classes]`: they order the targets. */
  readonly logits: Float32Array;
}

/**
 * An attack: one lane for each image and variant, independent of each other.
 *
 * All that a lane remembers is its `State`: numbers, strings, booleans and typed arrays, so that it
 * can be stored at any moment and gone on with by another process. Random numbers are named by
 * their place in the attack and never drawn from a generator that would have to be stored too.
 */
export interface Attack<State extends object = object> {
  /** For example `apgd-t`. */
  readonly name: string;
  /** Lanes an image; a target class or restart each. An image is broken if one of them succeeds. */
  readonly variants: number;
  /** Evaluations that one lane needs at most. */
  readonly evaluations: number;
  /** Cost of a whole image in forward passes, a gradient counting as three: what progress weighs by. */
  readonly cost: number;
  /** Whether all points it asks for are in the ball; FAB's walk is not bound to it. */
  readonly inBall: boolean;
  /** Begins a lane. */
  start(sample: Sample, variant: number): State;
  /** What a lane asks now. */
  request(state: State, sample: Sample): Request;
  /**
   * At most `count` requests without a loss that a lane is likely to make after the present one,
   * each if the one before is answered in the likely way. Where a fuller block is worth its rows they
   * are evaluated too; an answer is used where the guess came true.
   */
  ahead?(state: State, sample: Sample, count: number): Guess[];
  /** Sends the answer to what was asked: changes the state, or ends the lane. */
  advance(state: State, response: Response, sample: Sample): Outcome | undefined;
}
