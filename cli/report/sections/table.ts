import { percentText, type Row, type SeedValue } from "../../../lib/report/mod.ts";
import type { ReportData } from "../data.ts";
import { type Html, markup } from "../html.ts";
import type { Section } from "../section.ts";
import { columnTitle, kindOf, numberText, rangeText, rowTitle, signedText } from "../words.ts";

/** The name by which a number is traced. */
const nameOf = ({ method, activation }: Row, column: string) =>
  `table1.${method}.${activation}.${column}`;

function numberCell(row: Row, column: string, data: ReportData): Html {
  const { percent, deviation, interval, paper, difference } = row.values[column];
  const what = `${rowTitle(row, data)}, ${columnTitle(column, data)}`;
  const beside = data.table.comparable && difference !== null && ` (${signedText(difference)})`;
  return markup`<td data-label="${columnTitle(column, data)}" data-value="${percent}">
<button type="button" data-number="${
    nameOf(row, column)
  }" aria-haspopup="dialog" aria-label="${what}: ${numberText(percent)} %, where it comes from">${
    numberText(percent)
  }</button>${
    deviation !== null && markup`<small class="deviation">± ${numberText(deviation)}</small>`
  }
<span class="beside"><small>${rangeText(interval.low, interval.high)}</small>${
    paper !== null && markup` <small class="paper">paper ${numberText(paper)}${beside}</small>`
  }</span></td>`;
}

const seedText = ({ correct, images }: SeedValue) => percentText(100 * correct / images);

/** "from epoch 9", or "epoch 6, recovers" */
const epochText = ({ epoch, recovered }: Row["collapses"][number]) =>
  recovered ? `epoch ${epoch}, recovers` : `from epoch ${epoch}`;

function seedRows(row: Row, data: ReportData): Html | undefined {
  const { columns } = data.table, seeds = row.values[columns[0]].seeds;
  if (seeds.length === 1) return undefined;
  const collapse = (seed: number) => row.collapses.find((one) => one.seed === seed);
  return markup`${
    seeds.map(({ seed }, i) =>
      markup`<tr class="seed"><th scope="row">seed ${seed}${
        collapse(seed) && markup`
          <span class="flag">✕ ${epochText(collapse(seed)!)}</span>
        `
      }</th>${
        columns.map((column) =>
          markup`<td data-label="${columnTitle(column, data)}" data-seed="${
            nameOf(row, column)
          }@${seed}">${numberText(Number(seedText(row.values[column].seeds[i])))}</td>`
        )
      }</tr>`
    )
  }`;
}

function rowHtml(row: Row, index: number, data: ReportData): Html {
  const { table } = data, name = `${row.method}/${row.activation}`;
  const marks = table.findings.some((finding) => finding.row === name);
  const kind = kindOf(row, data), seeds = row.values[table.columns[0]].seeds.length;
  const collapsed = row.collapses.length === 0
    ? ""
    : seeds === 1
    ? `overfits ${epochText(row.collapses[0])}`
    : `${row.collapses.length} of ${seeds} seeds overfit` +
      (row.collapses.every(({ recovered }) => recovered) ? " and recover" : "");
  return markup`
    <tbody
      data-order="${index}"><tr><th scope="row">${rowTitle(row, data)}${
    kind && markup`
        <span class="tag">${kind}</span>
      `
  }${
    collapsed && markup`
        <span class="flag">✕ ${collapsed}</span>
      `
  }${
    marks && markup`
        <a class="flag" href="#findings" aria-label="findings on this row">▲</a>
      `
  }</th>${table.columns.map((column) => numberCell(row, column, data))}</tr>${
    seedRows(
      row,
      data,
    )
  }</tbody>
  `;
}

/** Table 1, each number a door to where it comes from. */
export const table: Section = {
  id: "table",
  title: "Table 1: clean and robust accuracy",
  short: "Table 1",
  content(data) {
    const { table } = data, several = table.seeds > 1;
    return markup`
      <p
        class="quiet">Accuracy in percent, its 95 % interval for these ${
      numberText(
        table.images,
        0,
      )
    } test images (Wilson), and the paper’s number. ${
      several &&
      `Mean ± standard deviation of ${table.seeds} seeds, each seed below. `
    }<span class="scripted">Press a number for where it comes from, a heading to sort.</span></p>
      <div class="scroll" tabindex="0" role="region" aria-label="Table 1">
        <table id="table1" style="--columns:${table.columns.length}">
      <thead><tr><th scope="col"><button type="button" data-sort="-1">Training and activation</button></th>${
      table
        .columns.map((column, i) =>
          markup`<th scope="col"><button type="button" data-sort="${i}">${
            columnTitle(column, data)
          }</button></th>`
        )
    }</tr></thead>
      ${table.rows.map((row, i) => rowHtml(row, i, data))}
        </table>
      </div>
    `;
  },
};
