import { bootstrapContrast, mean } from "../../statistics/mod.ts";
import { PAPER_TABLE1 } from "../paper_table1.ts";
import {
  accuracies,
  type Evidence,
  type EvidenceRow,
  isAboveChance,
  judgeable,
  missingRows,
  terms,
} from "./evidence.ts";
import { type Answer, type Question, unsaid } from "./question.ts";
import { contrastText, inPoints, moreFor, titles } from "./words.ts";

/** Mean of the paper's numbers of rows, in percent; undefined where it has none of them. */
function paperMean(rows: readonly EvidenceRow[], column: string): number | undefined {
  const known = rows.flatMap(({ name }) => PAPER_TABLE1[name]?.[column] ?? []);
  return known.length === 0 ? undefined : mean(known);
}

/** Does a smooth activation suffice for regularised training to be more robust? */
export function sufficient(evidence: Evidence): Question {
  const regularised = judgeable(evidence).filter(({ training }) => training === "regularised");
  const kinds = (kind: string) => regularised.filter((row) => row.kind === kind);
  const linear = Map.groupBy(kinds("piecewise linear"), ({ method }) => method);
  const pairs = [...Map.groupBy(kinds("smooth"), ({ method }) => method)].flatMap(
    ([method, smooth]) => linear.has(method) ? [{ smooth, straight: linear.get(method)! }] : [],
  );
  const smooth = pairs.flatMap((pair) => pair.smooth);
  const straight = pairs.flatMap((pair) => pair.straight);
  const [ours, theirs] = [smooth, straight].map((rows) => paperMean(rows, evidence.column));
  const value = ours === undefined || theirs === undefined ? null : ours - theirs;
  const about = {
    id: "sufficient",
    question: "Does a smooth activation suffice under input gradient regularisation?",
    unit: "percentage points",
    paper: { value, text: "yes: GELU and Softplus are ahead of ReLU and PReLU" },
    rule:
      `Mean robust accuracy under ${evidence.columnTitle} of the smooth rows minus that of the ` +
      "piecewise linear rows of regularised training, within each method and each method alike, " +
      "paired by image, bootstrap over images and seeds. Yes: the 95 % interval lies above 0, and no " +
      "smooth row lies below the mean of its method's piecewise linear ones (95 % for all smooth " +
      "rows together, Bonferroni), and the smooth ones are above what a constant answer has " +
      `(1 of ${evidence.classes}). No: the interval lies below 0, or a smooth row lies below that ` +
      "mean. Not decided: else.",
  };
  if (smooth.length === 0) {
    const missing = missingRows(["igr/relu", "igr/prelu", "igr/gelu", "igr/softplus"], evidence);
    return unsaid(
      about,
      "No regularised training has both smooth and piecewise linear activations here",
      missing,
    );
  }
  const contrast = (own: readonly EvidenceRow[], others: readonly EvidenceRow[], weight = 1) => [
    ...terms(own, weight, evidence),
    ...terms(others, -weight, evidence),
  ];
  const pooled = bootstrapContrast(
    pairs.flatMap((pair) => contrast(pair.smooth, pair.straight, 1 / pairs.length)),
  );
  const level = 1 - 0.05 / smooth.length;
  const behind = pairs.flatMap((pair) =>
    pair.smooth.filter((row) => bootstrapContrast(contrast([row], pair.straight), level).high < 0)
  );
  const answer: Answer = pooled.high < 0 || behind.length > 0
    ? "no"
    : pooled.low > 0 && isAboveChance(smooth, evidence)
    ? "yes"
    : "not decided";
  const words = `smooth minus piecewise linear is ${contrastText(pooled)} under ` +
    evidence.columnTitle;
  return {
    ...about,
    ...inPoints(pooled),
    answer,
    sentence: {
      yes: `A smooth activation suffices: ${words}`,
      no: behind.length > 0
        ? `A smooth activation does not suffice: ${titles(behind)} stay${
          behind.length === 1 ? "s" : ""
        } behind the piecewise linear ones; ${words}`
        : `A smooth activation does not suffice: ${words}`,
      "not decided": `Whether a smooth activation suffices is not decided: ${words}`,
      "cannot be said from these rows": "",
    }[answer],
    numbers: accuracies([...smooth, ...straight], evidence),
    needed: answer === "not decided" ? moreFor(pooled, evidence) : null,
    missing: missingRows(["igr/relu", "igr/prelu", "igr/gelu", "igr/softplus"], evidence),
  };
}
