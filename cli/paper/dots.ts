/** The table as dots beside the paper's numbers, for pgfplots. @module */
import type { ReportData } from "../report/data.ts";
import { columnTitle } from "../report/words.ts";
import { escapeLatex } from "../../lib/report/mod.ts";
import { figureTex, numberTex, type Origin, rowStyles, rowTex } from "./pgf.ts";

/** Every number with its 95 % interval, a panel a column; diamonds are the paper's. */
export function dotsTex(data: ReportData, origin: Origin): string | undefined {
  const { table: { rows, columns } } = data;
  if (rows.length === 0) return undefined;
  const styles = rowStyles(rows, data), labels = rows.map((row) => rowTex(row, data));
  const content = columns.flatMap((column) => {
    const papers = rows.flatMap(({ values }, i) => {
      const { paper } = values[column];
      return paper === null ? [] : [`(${numberTex(paper)},${i})`];
    });
    return [
      `\\nextgroupplot[title={${escapeLatex(columnTitle(column, data))} (\\%)}]`,
      ...papers.length === 0 ? [] : [
        `\\addplot[only marks, mark=diamond, mark size=2.6pt, black!60] coordinates {${
          papers.join(" ")
        }};`,
      ],
      ...rows.flatMap(({ activation, values }, i) => {
        const { percent, interval: { low, high } } = values[column];
        if (!Number.isFinite(percent)) return []; // JSON has null for what is no number
        const mark = styles.isKinked(activation) ? "square*" : "*",
          color = styles.color(activation);
        return [
          `\\draw[${color}, thick] (axis cs:${numberTex(low)},${i}) -- (axis cs:${
            numberTex(high)
          },${i});`,
          `\\addplot[only marks, mark=${mark}, mark size=1.8pt, ${color}] coordinates {(${
            numberTex(percent)
          },${i})};`,
        ];
      }),
    ];
  });
  return figureTex(origin, styles, {
    panels: columns.length,
    height: `${(0.36 * rows.length + 0.2).toFixed(2)}cm`,
    labels,
    options: [
      "xmin=0,",
      `ymin=-0.6, ymax=${rows.length - 0.4}, y dir=reverse,`,
      `ytick={0,...,${rows.length - 1}}, yticklabels={${
        labels.map((text) => `{${text}}`).join(",")
      }},`,
    ],
    content,
  });
}
