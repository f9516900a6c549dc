import type { BranchRecord, BranchTable, CollapseTime, Ending } from "./branches.ts";
import { escapeMarkdown } from "./markdown.ts";
import { countText } from "./names.ts";
import { percentText } from "./numbers.ts";
import { wrap } from "../std/wrap.ts";

const WIDTH = 100;

const HEADS = [
  "Training",
  "From",
  "Differs in",
  "Collapse",
  "Clean",
  "FGSM",
  "PGD-10",
  "R",
  "‖∇‖₁",
];
/** Columns of names, which stand at their left. */
const NAMES = 4;

/** A collapse in few words: "epoch 10", "step 412 (epoch 9.8)", "none". */
export function collapseText(collapse: CollapseTime | null): string {
  if (collapse === null) return "none";
  const { epoch, step, recovered } = collapse;
  const when = step === undefined
    ? `epoch ${epoch}`
    : `step ${step} (epoch ${Math.ceil(epoch)}, ${percentText(100 * (epoch % 1))} %)`;
  return recovered ? `${when}, recovered` : when;
}

const percent = (share: number | null) => share === null ? "-" : percentText(100 * share);
const short = (value: number | null) => value === null ? "-" : String(Number(value.toPrecision(3)));

function fieldsOf(ending: Ending, { from = "", differs = "" }: Partial<BranchRecord> = {}) {
  return [
    ending.title,
    from,
    differs,
    collapseText(ending.collapse),
    percent(ending.clean_accuracy),
    percent(ending.fgsm_accuracy),
    percent(ending.pgd10_accuracy),
    short(ending.linearization_error),
    short(ending.input_gradient_norm),
  ];
}

const caption = ({ profile, heldOutImages }: BranchTable) =>
  `Branches of the ${profile} profile: trainings that go on from a state of another with something ` +
  `changed. Accuracy (%) on ${
    countText(heldOutImages)
  } held-out images, R and the input gradient's ` +
  "norm at the end.";

/** What stands beneath the table, one sentence each without a full stop. */
function notes({ families }: BranchTable): string[] {
  const found: string[] = [];
  for (const { row, branches } of families) {
    for (const { title, sameModel } of branches) {
      if (sameModel === undefined) continue;
      found.push(
        `${title}: the model ${
          sameModel ? "has the same bytes as" : "differs from"
        } ${row.title}'s`,
      );
    }
    for (const { title, stopped } of [row, ...branches]) {
      if (stopped === undefined) continue;
      found.push(
        `${title}: training stopped after epoch ${stopped.epoch} of ${stopped.ofEpochs}, at whose end ` +
          `it had collapsed; the model is that of epoch ${stopped.modelEpoch}`,
      );
    }
  }
  const all = families.flatMap(({ row, branches }) => [row, ...branches]);
  if (all.some(({ collapse }) => collapse !== null)) {
    found.push(
      "Collapse: PGD-10 accuracy was lost while FGSM accuracy held; a step's is " +
        "that of the probe images",
    );
  }
  return found;
}

/** A row and its branches, as fields of a table. */
const linesOf = ({ families }: BranchTable) =>
  families.map(({ row, branches }) => [
    fieldsOf(row),
    ...branches.map((branch) => fieldsOf(branch, branch)),
  ]);

/** Branches for a terminal; ends with a newline. */
export function branchesText(table: BranchTable): string {
  const families = linesOf(table), all = [HEADS, ...families.flat()];
  const widths = HEADS.map((_, i) => Math.max(...all.map((fields) => fields[i].length)));
  const line = (fields: readonly string[]) =>
    fields.map((text, i) => i < NAMES ? text.padEnd(widths[i]) : text.padStart(widths[i]))
      .join("  ").trimEnd();
  const rule = "─".repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  const body = families.flatMap((lines) => [rule, ...lines.map(line)]);
  const below = notes(table).flatMap((text) => wrap(`- ${text}`, WIDTH, "  "));
  return [
    ...wrap(caption(table), WIDTH),
    "",
    line(HEADS),
    ...body,
    ...below.length > 0 ? ["", "Notes", ...below] : [],
  ].join("\n") + "\n";
}

/** Branches as a GitHub Markdown table; ends with a newline. */
export function branchesMarkdown(table: BranchTable): string {
  const row = (fields: readonly string[]) => `| ${fields.map(escapeMarkdown).join(" | ")} |`;
  const below = notes(table).map((text) => `- ${escapeMarkdown(text)}`);
  return [
    escapeMarkdown(caption(table)),
    "",
    row(HEADS),
    `| ${HEADS.map((_, i) => i < NAMES ? ":---" : "---:").join(" | ")} |`,
    ...linesOf(table).flat().map(row),
    ...below.length > 0 ? ["", ...below] : [],
  ].join("\n") + "\n";
}
