import type { ReportData } from "../data.ts";
import { type Html, markup } from "../html.ts";
import type { Section } from "../section.ts";
import { columnTitle, isKinked, numberText, rowTitle, seriesClasses } from "../words.ts";

const WIDTH = 340, ROW = 24, RIGHT = 12, BOTTOM = 24;

/** Room for the rows' names: about 6.6 pixels a character. */
const roomFor = (names: readonly string[]) =>
  Math.min(150, 18 + 6.6 * Math.max(...names.map((name) => name.length), 6));

function panel(column: string, data: ReportData): Html {
  const { rows } = data.table, names = rows.map((row) => rowTitle(row, data));
  const left = roomFor(names),
    height = ROW * rows.length + BOTTOM,
    colors = seriesClasses(rows, data);
  const most = Math.max(
    ...rows.flatMap(({ values: { [column]: { interval, paper } } }) => [interval.high, paper ?? 0]),
  );
  const to = [20, 40, 60, 80].find((end) => end >= most) ?? 100;
  const x = (percent: number) => (left + percent / to * (WIDTH - left - RIGHT)).toFixed(1);
  const ticks = [0, 1, 2, 3, 4].map((i) => i * to / 4);
  return markup`
    <figure>
      <figcaption>${columnTitle(column, data)}, %</figcaption>
      <svg role="img" aria-label="${
    columnTitle(
      column,
      data,
    )
  }: accuracy by row with intervals, beside the paper’s"
        viewBox="0 0 ${WIDTH} ${height}">
    ${
    ticks.map((tick) =>
      markup`
        <path class="grid" d="M${x(tick)} 0V${height - BOTTOM}" />
        <text x="${x(tick)}" y="${height - 8}" text-anchor="middle">${numberText(tick, 0)}</text>
      `
    )
  }
    ${
    rows.map((row, i) => {
      const { percent, interval: { low, high }, paper } = row.values[column], y = ROW * i + ROW / 2;
      const color = colors[row.activation];
      if (!Number.isFinite(percent)) return markup`<text x="0" y="${y + 4}">${names[i]}</text>`;
      const at = Number(x(percent));
      return markup`<text x="0" y="${y + 4}">${names[i]}</text>
<path class="line ${color}" stroke-width="2" d="M${x(low)} ${y}H${x(high)}"/>${
        paper !== null &&
        markup`<path class="diamond" d="M${x(paper)} ${y - 7}l6 7l-6 7l-6 -7z"/>`
      }${
        isKinked(row, data)
          ? markup`<rect class="mark ${color}" x="${at - 5}" y="${y - 5}" width="10" height="10"/>`
          : markup`<circle class="mark ${color}" cx="${at}" cy="${y}" r="5.5"/>`
      }`;
    })
  }
      </svg>
    </figure>
  `;
}

/** Every number beside the paper's, one panel a column. */
export const dots: Section = {
  id: "dots",
  title: "Beside the paper",
  content: (data) =>
    data.table.rows.length === 0
      ? undefined
      : markup`<p class="quiet">● smooth, ■ with a kink, each with its
95 % interval; ◇ the paper’s number.</p>
<div class="panels">${data.table.columns.map((column) => panel(column, data))}</div>`,
};
