/** Tables in Markdown. @module */

/** A table whose columns are as wide as what they hold; every row has as many cells as the head. */
export function table(
  head: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const cells = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, i) => Math.max(3, ...cells.map((row) => [...row[i]].length)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => cell + " ".repeat(widths[i] - [...cell].length)).join(" | ")} |`;
  const [first, ...others] = cells;
  return [line(first), line(widths.map((width) => "-".repeat(width))), ...others.map(line)]
    .join("\n");
}
