import { activationName, methodName } from "../../../lib/report/mod.ts";
import { markup } from "../html.ts";
import type { Section } from "../section.ts";
import { columnTitle, numberText } from "../words.ts";

/** Which seeds overfit, activations by methods. */
export const collapse: Section = {
  id: "collapse",
  title: "Where training overfits",
  short: "Map",
  content(data) {
    const { table: { rows, columns }, rules } = data, column = columns[columns.length - 1];
    if (!rows.some(({ collapses }) => collapses.length > 0)) return undefined;
    const methods = [...new Set(rows.map(({ method }) => method))];
    const activations = [...new Set(rows.map(({ activation }) => activation))];
    const most = Math.max(1, ...rows.map(({ values }) => values[column].percent || 0));
    const square = (seed: number, found: { readonly recovered: boolean } | undefined) =>
      markup`<i class="${
        found ? found.recovered ? "recovered" : "collapsed" : "kept"
      }" title="seed ${seed}"></i>`;
    const cell = (method: string, activation: string) => {
      const row = rows.find((one) => one.method === method && one.activation === activation);
      if (row === undefined) return markup`<td class="none">–</td>`;
      const { percent, seeds } = row.values[column];
      return markup`
        <td
          style="--share:${(0.45 * (percent || 0) / most).toFixed(3)}">${
        numberText(
          percent,
        )
      }<span class="squares">${
        seeds.map(({ seed }) => square(seed, row.collapses.find((one) => one.seed === seed)))
      }</span><span class="hidden">${row.collapses.length} of ${seeds.length} overfit</span></td>
      `;
    };
    return markup`
      <p class="quiet">Robust accuracy in percent under ${columnTitle(column, data)}, and a square a
      seed: <i class="collapsed"></i> overfits, <i class="recovered"></i> overfits and recovers, <i class="kept"></i> does not.</p>
      <div class="scroll" tabindex="0" role="region" aria-label="Map of overfitting">
        <table class="map">
          <thead>
            <tr><td></td>${
      methods.map((method) => markup`<th scope="col">${methodName(method, rules)}</th>`)
    }</tr>
          </thead>
          <tbody>${
      activations.map((activation) =>
        markup`<tr><th scope="row">${activationName(activation, rules)}</th>${
          methods.map((method) => cell(method, activation))
        }</tr>`
      )
    }</tbody>
        </table>
      </div>
    `;
  },
};
