/** What a check says of one number. @module */

/**
 * `equal`: all is as stored. `near`: verdicts differ, but only of images so near to a tie that rounding
 * decides. `different`: anything else.
 */
export type State = "equal" | "near" | "different";

/** What was found of one number. */
export interface Outcome {
  readonly state: State;
  /** In words, without a full stop. */
  readonly text: string;
}

/** What was found of a model. */
export interface ModelOutcome {
  /** By column of the table. */
  readonly columns: Readonly<Record<string, Outcome>>;
  /** R and ||grad L||_1, where they are stored. */
  readonly slopes?: Outcome;
  /** Verdicts compared. */
  readonly verdicts: number;
  /** Images whose margin is within the tolerance of a tie. */
  readonly ties: number;
  /** Adversarial examples that are not their image, all in the ball. */
  readonly examples: number;
}

/** An outcome of a number and all that is wrong with it. */
export function judged(text: string, faults: readonly string[], near: readonly string[]): Outcome {
  if (faults.length > 0) return { state: "different", text: `${text}: ${faults.join("; ")}` };
  return near.length > 0
    ? { state: "near", text: `${text}: ${near.join("; ")}` }
    : { state: "equal", text };
}
