import { columnName, methodName, type ReportRules } from "./names.ts";
import { fieldHeads, printed, printedCaption } from "./printed.ts";
import { markedActivation, seedLines, tableNotes } from "./seed_lines.ts";
import type { Table1 } from "./table.ts";

/** Escapes what Markdown would read as markup, a table's bars included. */
export const escapeMarkdown = (text: string): string =>
  text.replace(/[\\`*_{}\[\]<>#|~]/g, (character) => `\\${character}`);

/** Table 1 as a GitHub Markdown table with its caption and notes; ends with a newline. */
export function tableMarkdown(table: Table1, rules: ReportRules): string {
  const [, ...more] = fieldHeads(table);
  const heads = [
    "Training",
    "Activation",
    ...table.columns.flatMap((column) => [columnName(column, rules), ...more]),
  ];
  const lines = [
    `**Table 1.** ${escapeMarkdown(printedCaption(table))}`,
    "",
    `| ${heads.join(" | ")} |`,
    `| ${heads.map((_, i) => i < 2 ? ":---" : "---:").join(" | ")} |`,
  ];
  for (const row of table.rows) {
    const cells = [methodName(row.method, rules), markedActivation(row, rules)].map(
      escapeMarkdown,
    );
    for (const column of table.columns) {
      const { here, spread, paper, difference } = printed(row.values[column]);
      cells.push(`**${here}** ± ${spread}`, paper, ...table.comparable ? [difference] : []);
    }
    lines.push(`| ${cells.join(" | ")} |`);
    for (const { label, values } of seedLines(row)) {
      const numbers = table.columns.flatMap((column) => [values[column], ...more.map(() => "")]);
      lines.push(`| ${["", label, ...numbers].join(" | ")} |`);
    }
  }
  const notes = tableNotes(table, rules);
  if (notes.length > 0) lines.push("", ...notes.map((text) => `- ${escapeMarkdown(text)}`));
  return lines.join("\n") + "\n";
}
