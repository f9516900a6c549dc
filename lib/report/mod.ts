/**
 * Table 1 beside the paper's numbers: built once as a record, printed in several forms.
 *
 * @example
 * ```ts
 * import { buildTable1, tableText } from "./mod.ts";
 *
 * const last = {
 *   epoch: 10,
 *   train_loss: 1.2,
 *   clean_accuracy: 0.6,
 *   fgsm_accuracy: 0.4,
 *   pgd10_accuracy: 0.4,
 *   input_gradient_norm: 3,
 *   linearization_error: 0.1,
 * };
 * const verdict = { images: 64, clean: 40, robust: 25, epsilon: 8 / 255 };
 * const rules = {
 *   method: { igr: { title: "IGR", training: "regularised" } },
 *   activation: { gelu: { title: "GELU", kind: "smooth" } },
 *   architecture: { "preact-resnet18": { title: "PreActResNet18" } },
 *   attack: { pgd50: { title: "PGD-50" } },
 * } as const;
 * const table = buildTable1({
 *   profile: "demo",
 *   data: "synthetic-v1",
 *   classes: 10,
 *   attacks: ["pgd50"],
 *   rules,
 *   rows: [{
 *     method: "igr",
 *     activation: "gelu",
 *     cells: [{ seed: 1, width: 8, epochs: 10, last, collapse: null, attacks: { pgd50: verdict } }],
 *   }],
 * });
 * console.log(tableText(table, rules));
 * ```
 *
 * @module
 */
export { type BranchFamily, type BranchTable, type CollapseTime, endingOf } from "./branches.ts";
export { branchesMarkdown, branchesText } from "./branches_text.ts";
export { caption, dataName, departures, settingText } from "./caption.ts";
export { lastingCollapse } from "../training/collapse.ts";
export { judge } from "./comparisons.ts";
export { escapeCsv, seedsCsv, tableCsv } from "./csv.ts";
export { findings } from "./findings.ts";
export { escapeMarkup, tableHtml } from "./html.ts";
export { escapeLatex, tableLatex } from "./latex.ts";
export { escapeMarkdown, tableMarkdown } from "./markdown.ts";
export {
  activationName,
  columnName,
  countText,
  epsilonText,
  methodName,
  networkText,
  type ReportRules,
} from "./names.ts";
export { differenceText, oneDecimal, percentText } from "./numbers.ts";
export { paperLatex } from "./paper_latex.ts";
export { PAPER_SETTING, PAPER_TABLE1, type PaperRow } from "./paper_table1.ts";
export { buildReadings } from "./readings.ts";
export {
  type JudgedReading,
  type Reading,
  readingList,
  type ReadingRow,
  type Readings,
} from "./readings_record.ts";
export { readReadings } from "./readings_read.ts";
export { readingsText, verdictText } from "./readings_text.ts";
export type { CellRecord, Epoch, RowRecord, TableInput, Verdict } from "./records.ts";
export { tableNotes } from "./seed_lines.ts";
export { buildTable1 } from "./table1.ts";
export type {
  Comparison,
  JudgedDifference,
  Row,
  SeedValue,
  Table1,
  TableFinding,
  TableSetting,
  TableValue,
} from "./table.ts";
export { tableText } from "./text.ts";
export {
  type Answer,
  answersText,
  type MissingRow,
  type MoreNeeded,
  type Question,
  QUESTIONS,
  type Verdict as ResultsVerdict,
  type VerdictNumber,
  verdictOf,
} from "./verdict/mod.ts";
export { type VariantNames, variantNames, withVariants } from "./variants.ts";
export {
  readDataset,
  readParameters,
  readTable,
  readVerdict,
  readWidth,
  type TableSummary,
} from "./read.ts";
export { type History, readHistory, type Step } from "./read_history.ts";
