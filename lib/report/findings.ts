/**
 * What looks wrong, or is remarkable, in a table: shown as footnotes and kept in its JSON.
 *
 * One small function per finding; each gives texts of one sentence without a full stop.
 *
 * @module
 */
import { activationName, columnName, countText, epsilonText, methodName } from "./names.ts";
import { percentText } from "./numbers.ts";
import { PAPER_TABLE1 } from "./paper_table1.ts";
import type { CellRecord, Column, RowRecord, TableInput } from "./records.ts";
import type { Finding, Row } from "./table1.ts";

/** FGSM accuracy minus PGD-10 accuracy above which a model counts as robust to one step only. */
const ONE_STEP_GAP = 0.2;

const title = (row: { method: string; activation: string }) =>
  `${methodName(row.method)} ${activationName(row.activation)}`;

const seedText = (row: RowRecord, cell: CellRecord) =>
  row.cells.length === 1 ? "" : ` (seed ${cell.seed})`;

const shareText = (count: number, images: number) => `${percentText(100 * count / images)} %`;

type Check = (
  row: RowRecord,
  cell: CellRecord,
  input: TableInput,
) => { kind: string; text: string }[];

/** AutoAttack contains stronger attacks than PGD-50, so it should leave no more images robust. */
const pgdBelowAutoAttack: Check = (_row, { attacks: { pgd50, autoattack } }) => {
  if (!pgd50 || !autoattack) return [];
  const pgd = pgd50.robust / pgd50.images, ensemble = autoattack.robust / autoattack.images;
  if (pgd >= ensemble) return [];
  return [{
    kind: "pgd50-below-autoattack",
    text: `PGD-50 leaves ${shareText(pgd50.robust, pgd50.images)} robust, fewer than ` +
      `AutoAttack's ${shareText(autoattack.robust, autoattack.images)}, ` +
      "although AutoAttack should be the stronger attack",
  }];
};

const exactlyNothingOrAll: Check = ({ method, activation }, { attacks }) => {
  const paper = PAPER_TABLE1[`${method}/${activation}`];
  const found = [];
  const counts: [Column, number, number][] = [];
  for (const [attack, { images, clean, robust }] of Object.entries(attacks)) {
    if (counts.length === 0) counts.push(["clean", clean, images]);
    counts.push([attack as Column, robust, images]);
  }
  for (const [column, correct, images] of counts) {
    if (correct !== 0 && correct !== images) continue;
    const name = column === "clean" ? "clean accuracy" : `accuracy under ${columnName(column)}`;
    found.push({
      kind: "exactly-0-or-100",
      text: `${name} is exactly ${correct === 0 ? 0 : 100} % (${countText(correct)} of ` +
        `${countText(images)} images)` +
        (paper?.[column] === 100 * correct / images ? ", as in the paper" : ""),
    });
  }
  return found;
};

const cleanBelowChance: Check = (_row, { attacks }, { classes }) => {
  const [first] = Object.values(attacks);
  if (first.clean * classes >= first.images) return [];
  return [{
    kind: "clean-below-chance",
    text: `clean accuracy ${shareText(first.clean, first.images)} is below chance ` +
      `(${percentText(100 / classes)} % for ${classes} classes)`,
  }];
};

const robustAboveClean: Check = (_row, { attacks }) =>
  Object.entries(attacks).filter(([, { clean, robust }]) => robust > clean).map(
    ([attack, { clean, robust, images }]) => ({
      kind: "robust-above-clean",
      text: `accuracy under ${columnName(attack)} (${shareText(robust, images)}) is above clean ` +
        `accuracy (${shareText(clean, images)})`,
    }),
  );

const attacksDisagree: Check = (_row, { attacks: { pgd50, autoattack } }) => {
  if (!pgd50 || !autoattack) return [];
  if (pgd50.images === autoattack.images && pgd50.clean === autoattack.clean) return [];
  return [{
    kind: "attacks-disagree",
    text: `the attacks saw different images or models: ${countText(pgd50.clean)} of ` +
      `${countText(pgd50.images)} correct before PGD-50, ${countText(autoattack.clean)} of ` +
      `${countText(autoattack.images)} before AutoAttack`,
  }];
};

/**
 * The model resists one FGSM step but not ten PGD steps. After FGSM training that is the
 * catastrophic overfitting of Wong, Rice and Kolter 2020; after IGR it is gradient masking.
 */
const onlyOneStepRobust: Check = ({ method }, { last }) => {
  const { fgsm_accuracy: fgsm, pgd10_accuracy: pgd } = last;
  if (method === "natural" || fgsm === null || pgd === null) return [];
  if (fgsm - pgd <= ONE_STEP_GAP) return [];
  return [{
    kind: "only-one-step-robust",
    text:
      `after epoch ${last.epoch}, held-out accuracy is ${percentText(100 * fgsm)} % under FGSM ` +
      `but ${percentText(100 * pgd)} % under PGD-10: ` +
      (method === "fgsm" ? "catastrophic overfitting to one-step attacks" : "gradient masking"),
  }];
};

const ROW_CHECKS: readonly Check[] = [
  pgdBelowAutoAttack,
  exactlyNothingOrAll,
  cleanBelowChance,
  robustAboveClean,
  attacksDisagree,
  onlyOneStepRobust,
];

function mixedSettings(cells: readonly CellRecord[]): Finding[] {
  const verdicts = cells.flatMap((cell) => Object.values(cell.attacks));
  const kinds: [string, string[]][] = [
    ["widths", cells.map((cell) => String(cell.width))],
    ["epochs", cells.map((cell) => String(cell.epochs))],
    ["image counts", verdicts.map((verdict) => countText(verdict.images))],
    ["epsilons", verdicts.map((verdict) => epsilonText(verdict.epsilon))],
  ];
  return kinds.map(([name, values]) => [name, [...new Set(values)]] as const)
    .filter(([, values]) => values.length > 1)
    .map(([name, values]) => ({
      kind: "mixed-settings",
      text: `The cells differ in ${name}: ${values.join(", ")}; the caption names the ` +
        (name === "epsilons" ? "first" : "smallest"),
    }));
}

function widestInterval(rows: readonly Row[]): Finding[] {
  let widest: { row: Row; column: string; half: number; images: number } | undefined;
  for (const row of rows) {
    for (const [column, { interval, images }] of Object.entries(row.values)) {
      if (widest === undefined || interval.half_width > widest.half) {
        widest = { row, column, half: interval.half_width, images };
      }
    }
  }
  if (widest === undefined) return [];
  return [{
    kind: "widest-interval",
    text:
      `The widest 95 % confidence interval is ± ${percentText(widest.half)} percentage points ` +
      `(Wilson, ${countText(widest.images)} images; ${title(widest.row)}, ` +
      `${columnName(widest.column)})`,
  }];
}

/** All findings of a table, those of rows first. */
export function findings(input: TableInput, rows: readonly Row[]): Finding[] {
  const found: Finding[] = [];
  for (const row of input.rows) {
    for (const cell of row.cells) {
      for (const check of ROW_CHECKS) {
        for (const { kind, text } of check(row, cell, input)) {
          found.push({
            kind,
            row: `${row.method}/${row.activation}`,
            text: `${title(row)}${seedText(row, cell)}: ${text}`,
          });
        }
      }
    }
  }
  const cells = input.rows.flatMap((row) => row.cells);
  return [...found, ...mixedSettings(cells), ...widestInterval(rows)];
}
