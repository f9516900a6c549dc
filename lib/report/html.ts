import { columnName, methodName, type ReportRules } from "./names.ts";
import { differenceText, percentText } from "./numbers.ts";
import { markedActivation, seedLines } from "./seed_lines.ts";
import type { Table1 } from "./table.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Escapes a text for HTML and XML, content and attributes. */
export const escapeMarkup = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => ESCAPES[character]);

const cell = (text: string, name: string) => `<td class="${name}">${text.replace("-", "−")}</td>`;

/** Table 1 as an HTML table element; ends with a newline. */
export function tableHtml(table: Table1, rules: ReportRules): string {
  const lines = [
    "<table>",
    `<caption><b>Table 1.</b> ${escapeMarkup(table.caption)}</caption>`,
    "<thead>",
    `<tr><th rowspan="2" scope="col">Training</th><th rowspan="2" scope="col">Activation</th>${
      table.columns.map((column) =>
        `<th colspan="3" scope="colgroup" class="group">${
          escapeMarkup(columnName(column, rules))
        }</th>`
      ).join("")
    }</tr>`,
    `<tr>${
      table.columns.map(() =>
        '<th scope="col" class="here">here</th><th scope="col">paper</th><th scope="col">diff</th>'
      ).join("")
    }</tr>`,
    "</thead>",
    "<tbody>",
  ];
  table.rows.forEach((row, i) => {
    const starts = i > 0 && row.method !== table.rows[i - 1].method;
    const cells = table.columns.flatMap((column) => {
      const { percent, deviation, paper, difference } = row.values[column];
      return [
        cell(
          `${percentText(percent)}${
            deviation === null ? "" : ` <small>± ${percentText(deviation)}</small>`
          }`,
          "here",
        ),
        cell(paper === null ? "-" : percentText(paper), "paper"),
        cell(difference === null ? "-" : differenceText(difference), "difference"),
      ];
    });
    lines.push(
      `<tr${starts ? ' class="starts"' : ""}><th scope="row">${
        escapeMarkup(methodName(row.method, rules))
      }</th><td>${escapeMarkup(markedActivation(row, rules))}</td>${cells.join("")}</tr>`,
    );
    for (const { label, kind, values } of seedLines(row)) {
      const numbers = table.columns.map((column) =>
        cell(values[column], "here") + '<td class="paper"></td><td class="difference"></td>'
      );
      lines.push(`<tr class="${kind}"><td></td><td>${label}</td>${numbers.join("")}</tr>`);
    }
  });
  lines.push("</tbody>", "</table>");
  return lines.join("\n") + "\n";
}
