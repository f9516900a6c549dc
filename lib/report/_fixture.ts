/**
 * Made-up records for the tests of this folder.
 *
 * @module
 */
import type { ReportRules } from "./names.ts";
import type { CellRecord, RowRecord, TableInput } from "./records.ts";

/** A made-up cell with both attacks on 64 images. */
export function cell(
  clean: number,
  pgd50: number,
  autoattack: number,
  more: Partial<CellRecord> = {},
): CellRecord {
  const verdict = (robust: number) => ({ images: 64, clean, robust, epsilon: 8 / 255 });
  return {
    seed: 1,
    width: 8,
    epochs: 10,
    collapse: null,
    last: {
      epoch: 10,
      train_loss: 1.1,
      clean_accuracy: 0.6,
      fgsm_accuracy: 0.4,
      pgd10_accuracy: 0.38,
      input_gradient_norm: 9,
      linearization_error: 0.05,
    },
    attacks: { pgd50: verdict(pgd50), autoattack: verdict(autoattack) },
    ...more,
  };
}

/** What the made-up rows and columns name. */
export const RULES: ReportRules = {
  method: {
    natural: { title: "Natural", training: "plain" },
    igr: { title: "IGR", training: "regularised" },
    fgsm: { title: "FGSM", training: "single-step" },
  },
  activation: {
    relu: { title: "ReLU", kind: "piecewise linear" },
    prelu: { title: "PReLU", kind: "piecewise linear" },
    gelu: { title: "GELU", kind: "smooth" },
    silu: { title: "SiLU", kind: "smooth" },
    softplus: { title: "Softplus", kind: "smooth" },
  },
  architecture: { "preact-resnet18": { title: "PreActResNet18" } },
  attack: {
    pgd50: { title: "PGD-50", weakerThan: ["autoattack"] },
    autoattack: { title: "AutoAttack-Linf" },
  },
};

/** A made-up demo table. */
export function input(rows: readonly RowRecord[], more: Partial<TableInput> = {}): TableInput {
  return {
    profile: "demo",
    data: "synthetic-v1",
    classes: 10,
    attacks: ["pgd50", "autoattack"],
    rules: RULES,
    rows,
    ...more,
  };
}

/** Four rows, among them one that the paper does not have. */
export const ROWS: readonly RowRecord[] = [
  { method: "igr", activation: "relu", cells: [cell(40, 25, 22)] },
  { method: "igr", activation: "silu", cells: [cell(44, 28, 24)] },
  { method: "fgsm", activation: "relu", cells: [cell(55, 0, 0)] },
  { method: "fgsm", activation: "gelu", cells: [cell(50, 31, 30)] },
];

/** Two rows of three seeds, one of which collapsed. */
export const SEEDS: readonly RowRecord[] = [
  {
    method: "fgsm",
    activation: "relu",
    cells: [
      cell(55, 25, 22),
      cell(58, 0, 0, { seed: 2, collapse: { epoch: 7, recovered: false } }),
      cell(54, 27, 25, { seed: 3 }),
    ],
  },
  {
    method: "fgsm",
    activation: "gelu",
    cells: [50, 48, 49].map((clean, i) => cell(clean, clean - 19, clean - 20, { seed: i + 1 })),
  },
];
