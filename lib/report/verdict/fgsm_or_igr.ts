import { bootstrapContrast } from "../../statistics/mod.ts";
import { PAPER_TABLE1 } from "../paper_table1.ts";
import { accuracies, type Evidence, judgeable, missingRows, ofRule, terms } from "./evidence.ts";
import { type Answer, type Question, unsaid } from "./question.ts";
import { contrastText, inPoints, moreFor } from "./words.ts";

/** Percentage points that FGSM may be behind and still match. */
const MARGIN = 2;

/** Does FGSM training with GELU match IGR with GELU? */
export function fgsmOrIgr(evidence: Evidence): Question {
  const rows = judgeable(evidence), { column, columnTitle } = evidence;
  const [fgsm, igr] = ["fgsm", "igr"].map((method) => ofRule(rows, method, "gelu"));
  const [ours, theirs] = ["fgsm/gelu", "igr/gelu"].map((row) => PAPER_TABLE1[row][column]);
  const about = {
    id: "fgsm-or-igr",
    question: "Does FGSM training with GELU match IGR with GELU?",
    unit: "percentage points",
    paper: {
      value: ours === undefined ? null : ours - theirs,
      text: "yes: 41.9 % against 39.3 % under AutoAttack",
    },
    rule:
      `Robust accuracy under ${columnTitle} of FGSM with GELU minus that of IGR with GELU, at the ` +
      "same radius, paired by image, bootstrap over images and seeds. Yes: the 95 % interval lies " +
      `above -${MARGIN} points. No: it lies below. Not decided: else.`,
  };
  const missing = missingRows(["fgsm/gelu", "igr/gelu"], evidence);
  const radius = (row: typeof rows[number]) => row.cells[0].attacks[column].epsilon;
  const pairs = fgsm.flatMap((one) => {
    const other = igr.find((row) => radius(row) === radius(one));
    return other === undefined ? [] : [[one, other]];
  });
  if (pairs.length === 0) {
    return unsaid(about, "No FGSM row with GELU has an IGR row beside it", missing);
  }
  const found = bootstrapContrast([
    ...terms(pairs.map(([one]) => one), 1, evidence),
    ...terms(pairs.map(([, other]) => other), -1, evidence),
  ]);
  const from = -MARGIN / 100;
  const answer: Answer = found.low > from ? "yes" : found.high < from ? "no" : "not decided";
  const words = `FGSM minus IGR is ${contrastText(found)} under ${columnTitle}`;
  return {
    ...about,
    ...inPoints(found),
    answer,
    sentence: {
      yes: `FGSM training with GELU matches IGR with GELU: ${words}`,
      no: `FGSM training with GELU does not match IGR with GELU: ${words}`,
      "not decided":
        `Whether FGSM training with GELU matches IGR with GELU is not decided: ${words}`,
      "cannot be said from these rows": "",
    }[answer],
    numbers: accuracies(pairs.flat(), evidence),
    needed: answer === "not decided" ? moreFor(found, evidence, from) : null,
    missing,
  };
}
