/** What `verdict.json` says: questions of the paper, answered by rules. @module */

/** The answers there are. */
export type Answer = "yes" | "no" | "not decided" | "cannot be said from these rows";

/** A number that an answer used. */
export interface VerdictNumber {
  /** The cell that it was measured in; with seeds, the first one's. */
  readonly cell: string;
  readonly name: string;
  /** Text for what JSON has no number for: "infinite". */
  readonly value: number | string;
  readonly unit: string;
}

/** More of the same with which a question would be decided, if the estimate stays. */
export interface MoreNeeded {
  /** Test images in all, if they alone would do; null if not. */
  readonly images: number | null;
  /** Seeds in all, if they alone would do; null if not. */
  readonly seeds: number | null;
  /** Images and seeds together, where neither alone would do. */
  readonly both?: { readonly images: number; readonly seeds: number };
  /** The command that computes them. */
  readonly command: string;
}

/** A row that a question asks for and the table does not have. */
export interface MissingRow {
  /** `method/activation` */
  readonly row: string;
  /** The command that computes it beside those that are there. */
  readonly command: string;
}

/** A question with its answer. */
export interface Question {
  readonly id: string;
  /** In words, with a question mark. */
  readonly question: string;
  readonly answer: Answer;
  /** The answer in one sentence with its numbers, without a full stop. */
  readonly sentence: string;
  /** Null where there is none, as `low` and `high` where its interval is not known. */
  readonly estimate: number | null;
  /** Ends of the interval, at 95 % unless the rule says otherwise. */
  readonly low: number | null;
  readonly high: number | null;
  readonly unit: string;
  /** Test images, or the held-out or probe images of a training. */
  readonly images: number;
  readonly seeds: number;
  /** What the paper has: the same quantity, if it can be had from its table, and words. */
  readonly paper: { readonly value: number | null; readonly text: string };
  /** The rule that gave the answer, with its thresholds. */
  readonly rule: string;
  readonly numbers: readonly VerdictNumber[];
  readonly needed: MoreNeeded | null;
  readonly missing: readonly MissingRow[];
}

/** All questions of one table. */
export interface Verdict {
  readonly profile: string;
  readonly data: string;
  /** Where the profile calls the data otherwise: a sentence without its full stop. */
  readonly data_remark?: string;
  /** Whether the setting is the paper's; the answers are of these rows in any case. */
  readonly comparable: boolean;
  /** The first answer that is one, in a sentence without a full stop. */
  readonly sentence: string;
  readonly questions: readonly Question[];
}

/** What a question says where rows that it needs are missing. */
export const UNSAID = "cannot be said from these rows" satisfies Answer;

/** A question that cannot be answered. */
export const unsaid = (
  question: Pick<Question, "id" | "question" | "unit" | "paper" | "rule">,
  sentence: string,
  missing: readonly MissingRow[] = [],
): Question => ({
  ...question,
  answer: UNSAID,
  sentence,
  ...{ estimate: null, low: null, high: null, images: 0, seeds: 0 },
  ...{ numbers: [], needed: null, missing },
});
