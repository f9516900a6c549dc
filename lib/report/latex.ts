import { columnName, methodName, type ReportRules } from "./names.ts";
import { fieldHeads, printed, printedCaption } from "./printed.ts";
import { markedActivation, seedLines, tableNotes } from "./seed_lines.ts";
import type { Table1 } from "./table.ts";

const SPECIAL: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  '"': "\\textquotedbl{}",
  "±": "$\\pm$",
  "†": "\\textdagger{}",
};

/** Escapes what LaTeX would read as a command. */
export const escapeLatex = (text: string): string =>
  text.replace(/[\\~^<>|"±†&%$#_{}]/g, (character) => SPECIAL[character] ?? `\\${character}`);

/** A column's name, escaped. */
export const columnTitle = (column: string, rules: ReportRules) =>
  escapeLatex(columnName(column, rules)).replace(/Linf\b/, "$$L_\\infty$$");

/** Table 1 as a LaTeX table environment for `booktabs`; ends with a newline. */
export function tableLatex(table: Table1, rules: ReportRules): string {
  const heads = fieldHeads(table), { length } = heads;
  const groups = table.columns.map((column) =>
    `\\multicolumn{${length}}{c}{${columnTitle(column, rules)}}`
  );
  const midrules = table.columns.map((_, k) =>
    `\\cmidrule(lr){${3 + length * k}-${2 + length * (k + 1)}}`
  );
  const lines = [
    "% Needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc}",
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${escapeLatex(printedCaption(table))}}`,
    `  \\begin{tabular}{ll${"r".repeat(length * table.columns.length)}}`,
    "    \\toprule",
    `    & & ${groups.join(" & ")} \\\\`,
    `    ${midrules.join(" ")}`,
    `    Training & Activation${` & ${heads.join(" & ")}`.repeat(table.columns.length)} \\\\`,
    "    \\midrule",
  ];
  table.rows.forEach((row, i) => {
    if (i > 0 && row.method !== table.rows[i - 1].method) lines.push("    \\midrule");
    const cells = [methodName(row.method, rules), markedActivation(row, rules)].map(
      escapeLatex,
    );
    for (const column of table.columns) {
      const { here, spread, paper, difference } = printed(row.values[column]);
      cells.push(
        `${here} $\\pm$ ${spread}`,
        paper === "-" ? "--" : paper,
        ...!table.comparable ? [] : [difference === "-" ? "--" : `$${difference}$`],
      );
    }
    lines.push(`    ${cells.join(" & ")} \\\\`);
    for (const { label, values } of seedLines(row)) {
      const numbers = table.columns.flatMap((
        column,
      ) => [values[column], ...heads.slice(1).map(() => "")]);
      const small = ["", label, ...numbers].map((text) =>
        text === "" ? "" : `{\\footnotesize ${escapeLatex(text)}}`
      );
      lines.push(`    ${small.join(" & ")} \\\\`);
    }
  });
  lines.push("    \\bottomrule", "  \\end{tabular}");
  for (const text of tableNotes(table, rules)) {
    lines.push(`  \\par\\footnotesize ${escapeLatex(text)}.`);
  }
  return [...lines, "\\end{table}"].join("\n") + "\n";
}
