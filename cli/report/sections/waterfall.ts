import { cellOf, type ReportData } from "../data.ts";
import { type Html, markup } from "../html.ts";
import type { Section } from "../section.ts";
import { columnTitle, numberText, rowTitle } from "../words.ts";

/** Images of one row by what became of them, in all of its seeds together. */
interface Fall {
  readonly title: string;
  readonly images: number;
  readonly robust: number;
  /** By attack, in order. */
  readonly broken: readonly { readonly name: string; readonly count: number }[];
  readonly wrong: number;
}

/** Falls of a column whose attack is several. */
function falls(column: string, data: ReportData): Fall[] {
  return data.table.rows.flatMap((row): Fall[] => {
    const files = row.values[column].seeds.flatMap(({ seed }) =>
      data.verdicts[cellOf(`attack:${column}`, row, seed)] ?? []
    );
    if (files.length === 0 || files[0].attacks.length < 2) return [];
    const sum = (of: (file: typeof files[number]) => number) =>
      files.reduce((total, file) => total + of(file), 0);
    const images = sum(({ verdicts }) => verdicts.length);
    return [{
      title: rowTitle(row, data),
      images,
      robust: sum(({ verdicts }) => verdicts.filter(({ robust }) => robust).length),
      broken: files[0].attacks.map(({ name }, i) => ({
        name,
        count: sum(({ attacks }) => attacks[i].robust_before - attacks[i].robust_after),
      })),
      wrong: sum(({ verdicts }) => verdicts.filter(({ clean_correct }) => !clean_correct).length),
    }];
  });
}

const NAMES: Readonly<Record<string, string>> = { square: "Square" };
const attackName = (name: string) => NAMES[name] ?? name.toUpperCase();

function bar({ images, robust, broken, wrong }: Fall): Html {
  const parts = [robust, ...broken.map(({ count }) => count), wrong];
  return markup`<div class="bar" aria-hidden="true">${
    parts.map((count, i) =>
      count > 0 &&
      markup`<i class="${i === parts.length - 1 ? "wrong" : `part${i}`}" style="width:${
        (100 * count / images).toFixed(2)
      }%"></i>`
    )
  }</div>`;
}

/** What each part of AutoAttack broke. */
export const waterfall: Section = {
  id: "waterfall",
  title: "What each attack broke",
  short: "Attacks",
  content(data) {
    const column = data.table.columns.findLast((one) => falls(one, data).length > 0);
    if (column === undefined) return undefined;
    const found = falls(column, data), [{ broken }] = found;
    const idle = broken.filter((_, i) => found.every((fall) => fall.broken[i].count === 0));
    const share = (count: number, { images }: Fall) => numberText(100 * count / images);
    const legend = ["robust", ...broken.map(({ name }) => attackName(name)), "wrong before"];
    return markup`
      <p
        class="quiet">Test images in percent by what became of them under ${
      columnTitle(
        column,
        data,
      )
    }, all seeds together; an attack runs on what the ones before it left.${
      idle.length > 0 &&
      ` ${idle.map(({ name }) => attackName(name)).join(" and ")} broke none in any row.`
    }</p>
      <ul class="legend">${
      legend.map((name, i) =>
        markup`<li><i class="${i === legend.length - 1 ? "wrong" : `part${i}`}"></i>${name}</li>`
      )
    }</ul>
      <div class="scroll" tabindex="0" role="region" aria-label="What each attack broke">
        <table class="plain falls"><thead><tr><th scope="col">Row</th>${
      legend.map((name) => markup`<th scope="col">${name}</th>`)
    }</tr></thead>
      ${
      found.map((fall) =>
        markup`
          <tbody>
            <tr><th scope="row">${fall.title}</th>${
          [
            fall.robust,
            ...fall.broken.map(({ count }) => count),
            fall.wrong,
          ].map((count) => markup`<td>${share(count, fall)}</td>`)
        }</tr>
            <tr class="bars">
              <td colspan="${legend.length + 1}">${bar(fall)}</td>
            </tr>
          </tbody>
        `
      )
    }</table>
      </div>
    `;
  },
};
