/**
 * The verdict: questions of the paper, answered by rules from the rows of one table.
 *
 * A question is one function in one file; {@linkcode QUESTIONS} is the only list. Every answer names its
 * rule, the numbers it used, the paper's value, and what would have to be computed where it cannot be
 * given.
 *
 * @module
 */
import { dataName } from "../caption.ts";
import { countText } from "../names.ts";
import { PAPER_SETTING } from "../paper_table1.ts";
import type { TableInput } from "../records.ts";
import type { Table1 } from "../table.ts";
import { curvature } from "./curvature.ts";
import { type Evidence, evidenceOf } from "./evidence.ts";
import { fgsmOrIgr } from "./fgsm_or_igr.ts";
import { linearisation } from "./linearisation.ts";
import { necessary } from "./necessary.ts";
import { overfits } from "./overfits.ts";
import { type Question, UNSAID, type Verdict } from "./question.ts";
import { sufficient } from "./sufficient.ts";
import { neededTexts } from "./words.ts";

export { neededTexts };
export type {
  Answer,
  MissingRow,
  MoreNeeded,
  Question,
  Verdict,
  VerdictNumber,
} from "./question.ts";

/** The questions, in the order in which they are told. */
export const QUESTIONS: readonly ((evidence: Evidence) => Question)[] = [
  sufficient,
  necessary,
  overfits,
  fgsmOrIgr,
  linearisation,
  curvature,
];

/**
 * Answers all questions.
 *
 * @param table What was built from `input`
 */
export function verdictOf(input: TableInput, table: Pick<Table1, "comparable">): Verdict {
  const evidence = evidenceOf(input), questions = QUESTIONS.map((ask) => ask(evidence));
  const first = questions.find(({ answer }) => answer !== UNSAID) ?? questions[0];
  return {
    profile: input.profile,
    data: input.data,
    ...input.dataRemark === undefined ? {} : { data_remark: input.dataRemark },
    comparable: table.comparable,
    sentence: first.sentence,
    questions,
  };
}

/** The verdict as text for a terminal: a question, its answer, and what is missing. */
export function answersText(verdict: Verdict): string {
  const { questions, comparable, profile, data, data_remark: remark } = verdict;
  const lines = questions.flatMap(({ question, answer, sentence, needed, missing }) => [
    `${question} ${answer[0].toUpperCase()}${answer.slice(1)}.`,
    `  ${sentence}.`,
    ...needed === null ? [] : [
      ...neededTexts(needed).map((text) => `  About ${text} would decide.`),
      `  ${needed.command}`,
    ],
    ...missing.length === 0 ? [] : [`  Missing: ${missing.map(({ row }) => row).join(", ")}`],
  ]);
  const note = comparable ? [] : [
    "",
    "These answers are of these rows: the setting is not the paper's " +
    `(${countText(PAPER_SETTING.images)} images, ${PAPER_SETTING.epochs} epochs, width ` +
    `${PAPER_SETTING.width}).`,
  ];
  const setting = `Profile ${profile}, ${dataName(data)} data.${remark ? ` ${remark}.` : ""}`;
  return [setting, "", ...lines, ...note].map((line) => `${line}\n`).join("");
}
