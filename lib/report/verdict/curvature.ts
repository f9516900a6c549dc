import { mean, type Pair, stratifiedTau, type Tau } from "../../statistics/mod.ts";
import { cellId, type Evidence, type EvidenceRow, measuredOn, missingRows } from "./evidence.ts";
import { type Answer, type Question, unsaid, type VerdictNumber } from "./question.ts";
import { counted } from "./words.ts";

/** Tau whose interval stays below this is no close relation. */
const CLOSE = 1 / 2;
/** Two-sided 95 % quantile of the normal distribution. */
const Z = 1.96;

/** Share of the training after a collapse that lasts, mean over the seeds: 0 where none does. */
const lost = ({ cells }: EvidenceRow) =>
  mean(
    cells.map(({ collapse, epochs }) =>
      collapse === null || collapse.recovered ? 0 : (epochs - collapse.epoch + 1) / epochs
    ),
  );

const signed = (value: number) => `${value > 0 ? "+" : ""}${value.toFixed(2)}`;
const chance = (p: number) => p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;

/** Rows by method, as pairs of second derivative and collapse. */
function associate(rows: readonly EvidenceRow[]): Tau {
  const strata = Map.groupBy(rows, ({ method }) => method);
  return stratifiedTau(
    [...strata.values()].map((of) =>
      of.map((row): Pair => [row.largestSecondDerivative!, lost(row)])
    ),
  );
}

/** Smoothness or bounded curvature: does collapse follow the largest second derivative? */
export function curvature(evidence: Evidence): Question {
  const rows = evidence.rows.filter(({ rule, largestSecondDerivative }) =>
    rule.method === "fgsm" && largestSecondDerivative !== undefined
  );
  const about = {
    id: "curvature",
    question: "Does collapse follow the largest second derivative of the activation?",
    unit: "Kendall's tau-b",
    paper: { value: null, text: "not measured; it supposes that smoothness bounds R" },
    rule: "Kendall's tau-b between the largest second derivative of the activation (a kink is " +
      "infinite) and the share of FGSM training after a collapse that lasts (0 where none does; mean " +
      "over seeds), within each method; its chance by 1,999 orders of the rows, its interval 1.96 times " +
      "their spread. Yes: tau is above 0 with p below 0.05. No: the interval lies below " +
      `${CLOSE}. Not decided: else. Among rows without a kink alone it tells bounded curvature from ` +
      "smoothness.",
  };
  const missing = missingRows(
    ["relu", "leaky-relu", "prelu", "gelu", "silu", "softplus"]
      .map((activation) => `fgsm/${activation}`),
    evidence,
  );
  const several = new Set(rows.map(({ largestSecondDerivative }) => largestSecondDerivative));
  if (several.size < 3) {
    return unsaid(
      about,
      "FGSM is trained with too few activations here: three of different curvature are needed",
      missing,
    );
  }
  const all = associate(rows), seeds = Math.min(...rows.map(({ cells }) => cells.length));
  if (Number.isNaN(all.tau)) {
    const every = lost(rows[0]) > 0 ? "alike" : "not at all";
    return unsaid(about, `All FGSM rows collapse ${every}, so none can be told apart`, missing);
  }
  const bent = rows.filter((row) => row.largestSecondDerivative! < Infinity);
  const among = associate(bent);
  const low = Math.max(-1, all.tau - Z * all.deviation);
  const high = Math.min(1, all.tau + Z * all.deviation);
  const answer: Answer = all.tau > 0 && all.p < 0.05 ? "yes" : high < CLOSE ? "no" : "not decided";
  const words = `tau ${signed(all.tau)} over ${counted(rows.length, "row")} (${chance(all.p)})`;
  const within = Number.isNaN(among.tau)
    ? "; the rows without a kink do not differ in collapse"
    : `; ${signed(among.tau)} among the ${bent.length} without a kink (${chance(among.p)})`;
  return {
    ...about,
    answer,
    sentence: {
      yes: `Collapse follows the largest second derivative: ${words}`,
      no: `Collapse does not follow the largest second derivative: ${words}`,
      "not decided":
        `Whether collapse follows the largest second derivative is not decided: ${words}`,
      "cannot be said from these rows": "",
    }[answer] + within,
    ...{ estimate: all.tau, low, high, seeds },
    images: measuredOn(rows, "heldOut"),
    numbers: rows.flatMap((row): VerdictNumber[] => {
      const cell = cellId("train", row, row.cells[0]), bend = row.largestSecondDerivative!;
      return [
        {
          cell,
          name: `${row.title}, largest second derivative`,
          value: Number.isFinite(bend) ? bend : "infinite",
          unit: "",
        },
        {
          cell,
          name: `${row.title}, share of training after the collapse`,
          value: 100 * lost(row),
          unit: "%",
        },
      ];
    }),
    needed: answer === "not decided" && missing.length > 0
      ? { images: null, seeds: null, command: missing[0].command }
      : null,
    missing,
  };
}
