import { mean, meanHalfWidth } from "../../statistics/mod.ts";
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
import { counted } from "./words.ts";

/** R is large where it is so much of the first-order term, to either side. */
const LARGE = 1 / 2;

/** R at the end of a training, by seed. */
interface Errors {
  readonly row: EvidenceRow;
  /** Nats. */
  readonly values: readonly number[];
  /** Of the first-order term epsilon ||grad L||_1, equation (7). */
  readonly shares: readonly number[];
}

function errorsOf(row: EvidenceRow): Errors | undefined {
  const found = row.cells.map(({ last, attacks }) => {
    const { linearization_error: error, input_gradient_norm: norm } = last;
    const epsilon = Object.values(attacks)[0]?.epsilon;
    return error === null || norm === null || epsilon === undefined
      ? undefined
      : { error, share: error / (epsilon * norm) };
  });
  if (!found.every((one) => one !== undefined)) return undefined;
  return { row, values: found.map(({ error }) => error), shares: found.map(({ share }) => share) };
}

/** Whether so of more than half of the seeds. */
const mostly = (shares: readonly number[], is: (share: number) => boolean) =>
  shares.filter(is).length > shares.length / 2;

const nats = (value: number) => `${value > 0 ? "+" : ""}${Number(value.toPrecision(2))}`;

/** "-4.1 nats, -0.9 of the first-order term" */
const text = ({ values, shares }: Errors) =>
  `${nats(mean(values))} nats, ${nats(mean(shares))} of the first-order term`;

/** Does FGSM training make R large and negative with ReLU, and not with GELU? */
export function linearisation(evidence: Evidence): Question {
  const [relu, gelu] = ["relu", "gelu"].map((activation) =>
    ofRule(evidence.rows, "fgsm", activation).flatMap((row) => errorsOf(row) ?? [])
  );
  const about = {
    id: "linearisation",
    question: "Does FGSM training make R large and negative with ReLU, and not with GELU?",
    unit: "nats",
    paper: {
      value: null,
      text: "yes: large and negative with ReLU after epoch 40, near 0 with GELU",
    },
    rule:
      "R(x, delta) of equation (5) at the FGSM step, mean over the probe images after the last " +
      "epoch, beside the first-order term epsilon ||grad L||_1 of equation (7). Large and negative: " +
      `below -${LARGE} of that term in most seeds. Small: within ${LARGE} of it in most seeds. Yes: ` +
      "large and negative with ReLU and small with GELU. No: anything else. The interval is Student's " +
      "over seeds, of the row with ReLU where R is lowest.",
  };
  const missing = missingRows(["fgsm/relu", "fgsm/gelu"], evidence);
  if (relu.length === 0 || gelu.length === 0) {
    return unsaid(about, "FGSM is not trained with both ReLU and GELU here", missing);
  }
  const lowest = (of: readonly Errors[]) =>
    of.toSorted((a, b) => mean(a.values) - mean(b.values))[0];
  const one = lowest(relu),
    other = gelu.find(({ row }) => row.method === one.row.method) ??
      lowest(gelu);
  const large = mostly(one.shares, (share) => share < -LARGE);
  const small = mostly(other.shares, (share) => Math.abs(share) < LARGE);
  const answer: Answer = large && small ? "yes" : "no";
  const half = meanHalfWidth(one.values), estimate = mean(one.values), seeds = one.values.length;
  return {
    ...about,
    answer,
    sentence: `R ends at ${text(one)} with ReLU and at ${text(other)} with GELU (` +
      `${counted(seeds, "seed")}): ` +
      (large
        ? small ? "large and negative with ReLU alone" : "large with both"
        : "not large and negative with ReLU"),
    estimate,
    low: half === null ? null : estimate - half,
    high: half === null ? null : estimate + half,
    images: measuredOn([one.row], "probe"),
    seeds,
    numbers: [one, other].flatMap(({ row, values, shares }) =>
      row.cells.flatMap((cell, i): VerdictNumber[] => [
        {
          cell: cellId("train", row, cell),
          name: `${row.title}, R at the end`,
          value: values[i],
          unit: "nats",
        },
        {
          cell: cellId("train", row, cell),
          name: `${row.title}, R over the first-order term`,
          value: shares[i],
          unit: "",
        },
      ])
    ),
    needed: null,
    missing: missing.length > 0 ? missing : large || collapsedCells(one.row).length > 0 ? [] : [{
      row: one.row.name,
      command: pipelineCommand(evidence.profile, "--set recipe.epochs=40"),
    }],
  };
}
