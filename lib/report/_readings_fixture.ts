/**
 * Made-up readings of the paper's setting, for tests.
 *
 * @module
 */
import { buildReadings } from "./readings.ts";
import type { RowRecord } from "./records.ts";
import { buildTable1 } from "./table1.ts";

/** What the rows and columns name. */
export const RULES = {
  method: {},
  activation: {
    relu: { title: "ReLU", kind: "piecewise linear" },
    gelu: { title: "GELU", kind: "smooth" },
    sharp: { title: "Softplus (beta 10)", kind: "smooth" },
  },
  architecture: {},
  attack: { pgd50: { title: "PGD-50" } },
} as const;

const IMAGES = 400;

/** A row whose seeds classify the first images correctly, one in two of them before an attack alone. */
export function row(name: string, ...robust: number[]): RowRecord {
  const [method, activation] = name.split("/");
  const last = {
    ...{ epoch: 1, train_loss: 1, input_gradient_norm: 1, linearization_error: 0 },
    ...{ clean_accuracy: 0.5, fgsm_accuracy: 0.3, pgd10_accuracy: 0.3 },
  };
  const verdict = (count: number) => ({
    ...{ images: IMAGES, clean: 2 * count, robust: count, epsilon: 8 / 255 },
    cleanImages: Array.from({ length: IMAGES }, (_, i) => i < 2 * count),
    robustImages: Array.from({ length: IMAGES }, (_, i) => i < count),
  });
  return {
    ...{ method, activation },
    cells: robust.map((count, i) => ({
      ...{ seed: i + 1, width: 8, epochs: 1, last, collapse: null },
      attacks: { pgd50: verdict(count) },
    })),
  };
}

/** Reads `method/activation` as the row of IGR and the activation, `sharp` as Softplus. */
export const reading = (name: string, ...rows: string[]) => ({
  ...{ name, text: `as ${name}` },
  rows: rows.map((row) => ({
    row,
    paper: `igr/${row.split("/")[1].replace("sharp", "softplus")}`,
  })),
});

/** Builds the readings of rows under PGD-50. */
export function build(rows: readonly RowRecord[], readings: readonly ReturnType<typeof reading>[]) {
  const table = buildTable1({
    ...{ profile: "tried", data: "cifar10-prefix", classes: 10, attacks: ["pgd50"] },
    ...{ rules: RULES, rows },
  });
  return buildReadings(readings, table, rows, RULES, 400);
}

// the paper: PGD-50 38.8, 44.4, 44.9 and clean 61.1, 82.5, 77.2 of ReLU, GELU, Softplus
/** Near the paper's pattern, and of the opposite one. */
export const NEAR = [row("near/relu", 80), row("near/gelu", 102), row("near/sharp", 104)];
export const FAR = [row("far/relu", 104), row("far/gelu", 80), row("far/sharp", 60)];
/** The names of either's rows. */
export const rowsOf = (method: string) =>
  ["relu", "gelu", "sharp"].map((name) => `${method}/${name}`);
