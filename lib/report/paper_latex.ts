import { settingText } from "./caption.ts";
import { columnTitle, escapeLatex } from "./latex.ts";
import { methodName, type ReportRules } from "./names.ts";
import { printed } from "./printed.ts";
import { markedActivation, tableNotes } from "./seed_lines.ts";
import type { Table1 } from "./table.ts";

/**
 * Table 1 in the paper's own shape, for a paper of one's own: a number a column, each method named
 * once, without the paper's numbers; what the authors should know of theirs are comments. Ends with a newline.
 *
 * With three columns it is about 280 pt wide, so that it fits a column of `article` (345 pt).
 *
 * @param origin Where the numbers come from, for a comment: one line
 */
export function paperLatex(table: Table1, rules: ReportRules, origin: string): string {
  const spread = table.seeds > 1
    ? `standard deviation over ${table.seeds} seeds`
    : "half the width of the 95 % interval over test images (Wilson)";
  const rows = table.rows.map((row, i) => {
    const { method } = row, starts = i === 0 || table.rows[i - 1].method !== method;
    const values = table.columns.map((column) => {
      const { here, spread } = printed(row.values[column]);
      return `${here}{\\scriptsize$\\,\\pm\\,$${spread}}`;
    });
    const names = [
      starts ? escapeLatex(methodName(method, rules)) : "",
      escapeLatex(markedActivation(row, rules)),
    ];
    return `${i > 0 && starts ? "    \\midrule\n" : ""}    ${
      [...names, ...values].join(" & ")
    } \\\\`;
  });
  return [
    ...[origin, ...tableNotes(table, rules)].map((text) => `% ${text.replaceAll("\n", " ")}`),
    "% Needs \\usepackage{booktabs} and \\usepackage[T1]{fontenc}",
    "\\begin{table}",
    "  \\centering",
    `  \\caption[Clean and robust accuracy]{Clean and robust accuracy (\\%), $\\pm$ ${
      escapeLatex(spread)
    }. ${escapeLatex(settingText(table, rules))}.}`,
    "  \\label{tab:smoothness}",
    `  \\begin{tabular}{ll${"r".repeat(table.columns.length)}}`,
    "    \\toprule",
    `    Training & Activation & ${
      table.columns.map((column) => columnTitle(column, rules)).join(" & ")
    } \\\\`,
    "    \\midrule",
    ...rows,
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
    "",
  ].join("\n");
}
