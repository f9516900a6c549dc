import { type Column, plainTable } from "./measured/plain_table.ts";
import { countText, type ReportRules } from "./names.ts";
import {
  bendOf,
  brokenBounds,
  measuredRadii,
  seedCount,
  seedMean,
  type TheoryRow,
} from "./theory_rows.ts";
import { wrap } from "../std/wrap.ts";

const WIDTH = 100;

/** What stands above the tables. */
export interface TheorySetting {
  readonly profile: string;
  /** The data's name for people. */
  readonly data: string;
}

/** Three digits, without an exponent from a thousandth to a hundred thousand. */
export function threeDigits(value: number | null): string {
  if (value === null) return "-";
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return String(Number(value.toPrecision(3)));
  return value.toExponential(1).replace("e+", "e");
}

/** The largest second derivative of a row's activation. */
export const bendText = (row: TheoryRow) =>
  Number.isFinite(bendOf(row)) ? threeDigits(bendOf(row)) : "kink";

/** A radius in 255ths. */
export const levels = (radius: number | null) => threeDigits(radius === null ? null : radius * 255);

const BOUNDS: readonly Column<TheoryRow>[] = [
  ["correct", (row) => threeDigits(seedMean(row, ({ correct }) => correct))],
  ["L<log 2", (row) => threeDigits(seedMean(row, (of) => of.below_threshold))],
  [
    "by loss",
    (row) => threeDigits(seedMean(row, ({ bound }) => bound.cross_entropy.by_image.satisfied)),
  ],
  [
    "by margin",
    (row) => threeDigits(seedMean(row, ({ bound }) => bound.margin.by_image.satisfied)),
  ],
  ["one omega", (row) => threeDigits(seedMean(row, ({ bound }) => bound.margin.paper.satisfied))],
  ["found", (row) => levels(seedMean(row, (of) => of.found_radius?.q50))],
  [
    "tight",
    (row) => threeDigits(seedMean(row, ({ bound }) => bound.margin.by_image.tightness?.q50)),
  ],
  [
    "missed",
    (row) =>
      threeDigits(
        seedMean(
          row,
          ({ bound: { cross_entropy, margin } }) =>
            cross_entropy.by_image.violated.length + margin.by_image.violated.length,
        ),
      ),
  ],
];

const ERRORS: readonly Column<TheoryRow>[] = [
  ["|s''|", bendText],
  ["||g||_1", (row) => threeDigits(seedMean(row, (of) => of.gradient_norm.mean))],
  ["R FGSM", (row) => threeDigits(seedMean(row, (of, at) => of.linearization_error.fgsm[at].mean))],
  [
    "R<0, %",
    (row) => threeDigits(seedMean(row, (of, at) => 100 * of.linearization_error.fgsm[at].negative)),
  ],
  ["R PGD", (row) => threeDigits(seedMean(row, (of, at) => of.linearization_error.pgd[at].mean))],
  [
    "R random",
    (row) => threeDigits(seedMean(row, (of, at) => of.linearization_error.sign[at].mean)),
  ],
  ["omega(x)", (row) => threeDigits(seedMean(row, (of, at) => of.omega_by_image[at].q50))],
  ["omega", (row) => threeDigits(seedMean(row, (of, at) => of.omega[at]))],
];

const CURVATURE: readonly Column<TheoryRow>[] = [
  ["|s''|", bendText],
  ["smallest", (row) => threeDigits(seedMean(row, (of) => of.curvature.omega_by_image[0]))],
  ["largest", (row) => threeDigits(seedMean(row, (of) => of.curvature.omega_by_image.at(-1)))],
  ["FGSM smallest", (row) => threeDigits(seedMean(row, (of) => of.curvature.fgsm[0]))],
  ["FGSM largest", (row) => threeDigits(seedMean(row, (of) => of.curvature.fgsm.at(-1)))],
  ["quotient", (row) => threeDigits(seedMean(row, (of, at) => of.lipschitz_quotient.fgsm[at].q50))],
  ["order", (row) => threeDigits(seedMean(row, (of) => of.first_order.order))],
];

/** Largest residual of equation (7) over all models, by R's definition or as an integral. */
const largestResidual = (rows: readonly TheoryRow[], which: "residual" | "integral_residual") =>
  Math.max(
    ...rows.flatMap(({ seeds }) =>
      seeds.map(({ record: { summary: { equation7 } } }) =>
        Math.max(-equation7[which].min, equation7[which].max)
      )
    ),
  );

/** What the theory cells say, for a terminal of 100 columns; ends with a newline. */
export function theoryText(
  rows: readonly TheoryRow[],
  { profile, data }: TheorySetting,
  rules: Pick<ReportRules, "method" | "activation">,
): string {
  const [{ record }] = rows[0].seeds, seeds = seedCount(rows), faults = brokenBounds(rows);
  const smooth = rows.filter((row) => Number.isFinite(bendOf(row)));
  const setting = `${profile} profile, ${data} data, the first ${
    countText(record.images)
  } test images, epsilon ${measuredRadii(rows).join(" or ")}, ${
    seeds === 1 ? "1 seed" : `means over ${seeds} seeds`
  }`;
  const note = (text: string) => wrap(text, WIDTH);
  return [
    ...note(`The theory, measured. ${setting}.`),
    "",
    ...note(
      "The error R of the first-order approximation, equation (5), in nats: means over images at " +
        "epsilon, and the largest found, in the ball of the median image and over all images. |s''| is the largest second " +
        "derivative of the activation, ||g||_1 the norm of the input gradient.",
    ),
    "",
    ...plainTable(rows, ERRORS, rules),
    "",
    ...note(
      "omega is the largest R that a search found: a lower bound of the true one. What follows from " +
        "it is therefore no certificate.",
    ),
    "",
    ...note(
      "Proposition 2.1, in images: correct; with a loss below the threshold log 2; certified at epsilon " +
        "by inequality (6), if omega(x) is the true one, by the cross-entropy and by the margin of the " +
        "logits, whose threshold is exact; by the margin with one omega of all images, as the paper " +
        "has it. Found is the median radius of the smallest adversarial perturbation found, in 255ths; " +
        "tight is the median of the margin's bound over it; missed are images whose perturbation is " +
        "shorter than a bound, since the search missed the largest R.",
    ),
    "",
    ...plainTable(rows, BOUNDS, rules),
    "",
    ...note(
      `With R of those very perturbations counted into omega, ${
        faults === 0 ? "no bound is" : `${countText(faults)} bounds are still`
      } larger than a perturbation found.`,
    ),
    "",
    ...note(
      "Whether a smooth activation bounds R: mean over images of omega / epsilon^2, and of |R| / " +
        "epsilon^2 of FGSM, at the smallest and the largest radius; a bounded second derivative " +
        "keeps them finite as epsilon goes to 0. The quotient is the median of ||g(x + delta) - " +
        "g(x)||_1 / ||delta||_inf along FGSM. The order is that of R of FGSM as epsilon goes to 0.",
    ),
    "",
    ...plainTable(rows, CURVATURE, rules),
    "",
    ...note(
      `Equation (7) holds for L(x + delta) up to ${
        threeDigits(largestResidual(rows, "residual"))
      } nats on every image; with R as the integral of the gradient, up to ${
        smooth.length === 0 ? "-" : threeDigits(largestResidual(smooth, "integral_residual"))
      } where the activation is smooth.`,
    ),
  ].join("\n") + "\n";
}
