import type { DrawnDial } from "../../../lib/report/measured/dial.ts";
import type { ReportData } from "../data.ts";
import { type Html, markup } from "../html.ts";
import type { Section } from "../section.ts";
import { columnTitle, numberText } from "../words.ts";

function dialTable({ title, lines }: DrawnDial): Html {
  const values = [...new Set(lines.flatMap(({ points }) => points.map(({ value }) => value)))]
    .sort((a, b) => a - b);
  const most = Math.max(
    1e-9,
    ...lines.flatMap(({ points }) => points.map(({ accuracy }) => accuracy)),
  );
  return markup`
    <h3>By ${title}</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="Robust accuracy by ${title}">
      <table class="map">
        <thead><tr><td></td>${
    values.map((value) => markup`<th scope="col">${value}</th>`)
  }</tr></thead>
        <tbody>${
    lines.map((line) =>
      markup`<tr><th scope="row">${line.title}</th>${
        values.map((value) => {
          const point = line.points.find((one) => one.value === value);
          if (point === undefined) {
            return markup`<td class="none">–</td>`;
          }
          const { accuracy, seeds } = point,
            lost = seeds.filter(({ collapsed }) =>
              collapsed
            ).length;
          return markup`<td style="--share:${(0.45 * accuracy / most).toFixed(3)}">${
            numberText(100 * accuracy)
          }<span class="squares">${
            seeds.map(({ seed, collapsed }) =>
              markup`<i class="${collapsed ? "collapsed" : "kept"}" title="seed ${seed}"></i>`
            )
          }</span><span class="hidden">${lost} of ${seeds.length} overfit</span></td>`;
        })
      }</tr>`
    )
  }</tbody>
      </table>
    </div>
  `;
}

/** Accuracy and collapse against one parameter of a rule. */
export const dial: Section = {
  id: "dial",
  title: "One parameter at a time",
  short: "Dial",
  content(data: ReportData) {
    const report = data.measured?.dial;
    if (report === undefined || report.dials.length === 0) return undefined;
    return markup`<p class="quiet">Robust accuracy in percent under ${
      columnTitle(report.attack, data)
    }, mean over the seeds, of rows that differ in one parameter alone, and a square a seed: <i class="collapsed"></i>
    overfits, <i class="kept"></i> does not.</p>${report.dials.map(dialTable)}`;
  },
};
