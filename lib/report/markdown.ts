import { activationName, columnName, methodName, type ReportRules } from "./names.ts";
import { differenceText, percentText } from "./numbers.ts";
import type { Table1 } from "./table.ts";

/** Escapes what Markdown would read as markup, a table's bars included. */
export const escapeMarkdown = (text: string): string =>
  text.replace(/[\\`*_{}\[\]<>#|~]/g, (character) => `\\${character}`);

/** Table 1 as a GitHub Markdown table with its caption and notes; ends with a newline. */
export function tableMarkdown(table: Table1, rules: ReportRules): string {
  const heads = [
    "Training",
    "Activation",
    ...table.columns.flatMap((column) => [columnName(column, rules), "paper", "diff"]),
  ];
  const lines = [
    `**Table 1.** ${escapeMarkdown(table.caption)}`,
    "",
    `| ${heads.join(" | ")} |`,
    `| ${heads.map((_, i) => i < 2 ? ":---" : "---:").join(" | ")} |`,
  ];
  for (const row of table.rows) {
    const cells = [methodName(row.method, rules), activationName(row.activation, rules)].map(
      escapeMarkdown,
    );
    for (const column of table.columns) {
      const { percent, deviation, paper, difference } = row.values[column];
      const spread = deviation === null ? "" : ` ± ${percentText(deviation)}`;
      cells.push(
        `**${percentText(percent)}**${spread}`,
        paper === null ? "-" : percentText(paper),
        difference === null ? "-" : differenceText(difference),
      );
    }
    lines.push(`| ${cells.join(" | ")} |`);
  }
  if (table.findings.length > 0) lines.push("");
  for (const { text } of table.findings) lines.push(`- ${escapeMarkdown(text)}`);
  return lines.join("\n") + "\n";
}
