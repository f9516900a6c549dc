import { bootstrapContrast, type Contrast } from "../../statistics/mod.ts";
import { percentText } from "../numbers.ts";
import {
  accuracies,
  type Evidence,
  type EvidenceRow,
  isAboveChance,
  isKinked,
  judgeable,
  missingRows,
  terms,
} from "./evidence.ts";
import { type Answer, type Question, unsaid } from "./question.ts";
import { counted, inPoints, moreFor, titles } from "./words.ts";

/** A row with a kink, beside the best smooth row of its method. */
interface Judged {
  readonly row: EvidenceRow;
  readonly best: EvidenceRow;
  /** Its robust accuracy minus half of that row's. */
  readonly above: Contrast;
}

function robustShare({ cells }: EvidenceRow, column: string): number {
  const shares = cells.map(({ attacks: { [column]: { robust, images } } }) => robust / images);
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** Is a smooth activation necessary? A robust row with a kink says no. */
export function necessary(evidence: Evidence): Question {
  const rows = judgeable(evidence), { column, columnTitle, classes } = evidence;
  const about = {
    id: "necessary",
    question: "Is a smooth activation necessary for robustness?",
    unit: "percentage points",
    paper: {
      value: null,
      text: "no under IGR (ReLU keeps 32.2 % against 39.3 % of GELU), yes under FGSM (0.0 %)",
    },
    rule: "A row whose activation has a kink is robust if its robust accuracy under " +
      `${columnTitle} is above half of that of the best smooth row of the same method, paired by ` +
      "image, bootstrap over images and seeds, 95 % for all such rows together (Bonferroni); it is " +
      "lost if it is below. Robust rows, smooth or not, are above what a constant answer has " +
      `(1 of ${classes}), too. No: a row with a kink is robust. Yes: all are lost. Not decided: else.`,
  };
  const best = new Map<string, EvidenceRow>();
  for (const row of rows.filter(({ kind }) => kind === "smooth")) {
    const other = best.get(row.method);
    if (!other || robustShare(row, column) > robustShare(other, column)) best.set(row.method, row);
  }
  for (const [method, row] of best) {
    if (!isAboveChance([row], evidence)) best.delete(method);
  }
  const kinked = rows.filter((row) => isKinked(row) && best.has(row.method));
  const missing = missingRows(["igr/relu", "igr/gelu"], evidence);
  if (kinked.length === 0) {
    return unsaid(about, "No method has a robust smooth row and one with a kink here", missing);
  }
  const level = 1 - 0.05 / kinked.length;
  const judged = kinked.map((row): Judged => {
    const other = best.get(row.method)!;
    const both = [...terms([row], 1, evidence), ...terms([other], -0.5, evidence)];
    return { row, best: other, above: bootstrapContrast(both, level) };
  }).sort((a, b) => b.above.estimate - a.above.estimate);
  const robust = judged.filter(({ row, above }) => above.low > 0 && isAboveChance([row], evidence));
  const lost = judged.filter(({ above }) => above.high < 0);
  const answer: Answer = robust.length > 0
    ? "no"
    : lost.length === judged.length
    ? "yes"
    : "not decided";
  const [{ row, best: beside, above }] = judged;
  const numbers = `${row.title} keeps ${percentText(100 * robustShare(row, column))} % under ` +
    `${columnTitle}, ${beside.title} ${percentText(100 * robustShare(beside, column))} % (` +
    `${counted(above.images, "image")}, ${counted(above.seeds, "seed")})`;
  const others = lost.length === 0 ? "" : `; lost is ${titles(lost.map(({ row }) => row))}`;
  return {
    ...about,
    ...inPoints(above),
    unit: "percentage points above half of the best smooth row",
    answer,
    sentence: {
      yes: `A smooth activation is necessary here: ${numbers}`,
      no: `A smooth activation is not necessary: ${numbers}${others}`,
      "not decided": `Whether a smooth activation is necessary is not decided: ${numbers}${others}`,
      "cannot be said from these rows": "",
    }[answer],
    numbers: accuracies([...new Set([...kinked, ...best.values()])], evidence),
    needed: answer !== "not decided" ? null : above.low > 0 // then what a constant answer has is not ruled out
      ? moreFor(bootstrapContrast(terms([row], 1, evidence)), evidence, 1 / classes)
      : moreFor(above, evidence),
    missing,
  };
}
