import { wilsonInterval } from "../../statistics/mod.ts";
import {
  cellId,
  collapsedCells,
  type Evidence,
  type EvidenceRow,
  measuredOn,
  missingRows,
  ofRule,
  pipelineCommand,
} from "./evidence.ts";
import { type Answer, type Question, unsaid, type VerdictNumber } from "./question.ts";
import { counted, joined } from "./words.ts";

/** The epoch after which the paper's training with ReLU overfits. */
const PAPER_EPOCH = 40;

const recovered = ({ cells }: EvidenceRow) => cells.filter(({ collapse }) => collapse?.recovered);
const share = (row: EvidenceRow) => collapsedCells(row).length / row.cells.length;

/** "in 2 of 3 seeds, from epochs 9 and 11" */
function countText(row: EvidenceRow): string {
  const found = collapsedCells(row), epochs = found.map(({ collapse }) => String(collapse!.epoch));
  const others = recovered(row).length;
  return `in ${found.length} of ${counted(row.cells.length, "seed")}` +
    (found.length === 0
      ? ` within ${counted(Math.min(...row.cells.map(({ epochs }) => epochs)), "epoch")}`
      : `, from epoch${epochs.length === 1 ? "" : "s"} ${joined(epochs)}`) +
    (others === 0 ? "" : ` (${others} recovered)`);
}

/** "FGSM GELU collapses and FGSM SiLU recovers": rows beside those that are asked about. */
function othersText(rows: readonly EvidenceRow[]): string {
  const says = (verb: string, found: readonly EvidenceRow[]) =>
    found.length === 0
      ? []
      : [`${joined(found.map(({ title }) => title))} ${verb}${found.length === 1 ? "s" : ""}`];
  const said = [
    ...says("collapse", rows.filter((row) => collapsedCells(row).length > 0)),
    ...says("recover", rows.filter((row) => collapsedCells(row).length === 0)),
  ];
  return said.length === 0 ? "" : `; of the other rows ${joined(said)}`;
}

/** Does FGSM training with ReLU overfit catastrophically, from which epoch, in how many seeds? */
export function overfits(evidence: Evidence): Question {
  const rows = ofRule(evidence.rows, "fgsm", "relu");
  const about = {
    id: "overfits",
    question: "Does FGSM training with ReLU overfit catastrophically?",
    unit: "% of seeds",
    paper: { value: 100, text: `yes: after epoch ${PAPER_EPOCH} of 100, one seed` },
    rule:
      "A seed has collapsed when PGD-10 accuracy on held-out images is below half of FGSM accuracy, and " +
      "either below half of its best while FGSM accuracy is not, or FGSM accuracy is above clean " +
      "accuracy; what ends with PGD-10 accuracy of half of FGSM accuracy or more does not count. Yes: more than half of a row's " +
      "seeds have. " +
      `No: none has, in at least ${PAPER_EPOCH} epochs. Not decided: else. The interval is Wilson's, ` +
      "of the row in which most have.",
  };
  const missing = missingRows(["fgsm/relu"], evidence);
  if (rows.length === 0) return unsaid(about, "FGSM is trained with no ReLU here", missing);
  const [most] = rows.toSorted((a, b) => share(b) - share(a));
  const cells = rows.flatMap((row) => row.cells), none = share(most) === 0;
  const epochs = Math.min(...cells.map(({ epochs }) => epochs)), seeds = most.cells.length;
  const answer: Answer = share(most) > 0.5
    ? "yes"
    : none && epochs >= PAPER_EPOCH
    ? "no"
    : "not decided";
  const { low, high } = wilsonInterval(share(most), seeds);
  const others = evidence.rows.filter((row) =>
    row.training === "single-step" && !rows.includes(row) &&
    collapsedCells(row).length + recovered(row).length > 0
  );
  const said = rows.map((row) => `${row.title} ${countText(row)}`).join("; ");
  const listed = rows.length === 1 ? countText(most) : said;
  return {
    ...about,
    answer,
    sentence: {
      yes: `FGSM training with ReLU overfits catastrophically: ${listed}`,
      no: `FGSM training with ReLU does not overfit catastrophically: ${listed}`,
      "not decided":
        "Whether FGSM training with ReLU overfits catastrophically is not decided: it " +
        `does ${listed}`,
      "cannot be said from these rows": "",
    }[answer] + othersText(others),
    estimate: 100 * share(most),
    ...{ low: 100 * low, high: 100 * high, seeds },
    images: measuredOn(rows, "heldOut"),
    numbers: [...rows, ...others].flatMap((row) =>
      row.cells.map((cell): VerdictNumber => ({
        cell: cellId("train", row, cell),
        name: `${row.title}, epoch of the collapse`,
        value: cell.collapse?.epoch ?? "none",
        unit: "epoch",
      }))
    ),
    needed: answer !== "not decided" ? null : none
      ? {
        ...{ images: null, seeds: null },
        command: pipelineCommand(evidence.profile, `--set recipe.epochs=${PAPER_EPOCH}`),
      }
      : {
        ...{ images: null, seeds: 2 * seeds + 1 },
        command: pipelineCommand(evidence.profile, `--set seeds=${2 * seeds + 1}`),
      },
    missing,
  };
}
