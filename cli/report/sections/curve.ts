import { epsilonText } from "../../../lib/report/mod.ts";
import { type CurveRow, largestRadiusText } from "../../../lib/report/measured/curve.ts";
import { attacksText } from "../../../lib/report/measured/curve_text.ts";
import type { ReportData } from "../data.ts";
import { type Html, markup } from "../html.ts";
import { lineChart } from "../line_chart.ts";
import { linearScale, type Scale } from "../scale.ts";
import type { Section } from "../section.ts";
import { isKinked, numberText, rowTitle, seriesClasses } from "../words.ts";

/** Radii in 255ths beyond which the axis is logarithmic. */
const BEND = 8;

/** An axis of radii in 255ths. */
function radiusScale(largest: number): Scale {
  const bent = (radius: number) => Math.log1p(radius / BEND);
  return {
    kind: "symmetric-logarithmic",
    place: (radius) => bent(radius) / bent(largest),
    ticks: [0, 4, 8, 16, 32, 64, 128, 255].filter((tick) => tick <= largest + 1e-9),
  };
}

function panel(method: string, rows: readonly CurveRow[], data: ReportData): Html {
  const all = data.measured!.curve!.rows, colors = seriesClasses(all, data);
  const largest = 255 * Math.max(...all.flatMap(({ epsilons }) => epsilons));
  return markup`<figure><figcaption>${
    data.rules.method[method]?.title ?? method
  }<small>robust accuracy, %</small></figcaption>
${
    lineChart({
      label: "Robust accuracy by radius, one line an activation",
      series: rows.map((row) => ({
        color: colors[row.activation],
        ...isKinked(row, data) ? { dash: "6 3" } : {},
        points: row.epsilons.map((epsilon, k) => [255 * epsilon, 100 * row.accuracy[k]]),
      })),
      y: linearScale(all.flatMap(({ accuracy }) => accuracy.map((share) => 100 * share)), 0),
      x: radiusScale(largest),
      xLabel: "radius ε in 255ths",
    })
  }</figure>`;
}

function numbersHtml(rows: readonly CurveRow[], data: ReportData): Html {
  const epsilons = [...new Set(rows.flatMap((row) => row.epsilons))].sort((a, b) => a - b);
  return markup`
    <details>
      <summary>Robust accuracy in percent by radius</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Robust accuracy by radius">
        <table class="plain">
          <thead><tr><th scope="col">Row</th>${
    epsilons.map((epsilon) => markup`<th scope="col">${epsilonText(epsilon)}</th>`)
  }</tr></thead>
          <tbody>${
    rows.map((row) =>
      markup`<tr><th scope="row">${rowTitle(row, data)}</th>${
        epsilons.map((epsilon) => {
          const at = row.epsilons.indexOf(epsilon);
          return markup`<td>${at < 0 ? "–" : numberText(100 * row.accuracy[at])}</td>`;
        })
      }</tr>`
    )
  }</tbody>
        </table>
      </div>
    </details>
  `;
}

/** Robust accuracy over the radius. */
export const curve: Section = {
  id: "curve",
  title: "Robust accuracy by radius",
  short: "Curves",
  content(data) {
    const report = data.measured?.curve;
    if (report === undefined) return undefined;
    const { rows, findings, images } = report, colors = seriesClasses(rows, data);
    const methods = [...new Set(rows.map(({ method }) => method))];
    const activations = [...new Map(rows.map((row) => [row.activation, row])).values()];
    return markup`
      <ul class="legend">${
      activations.map((row) =>
        markup`<li><svg aria-hidden="true" viewBox="0 0 28 10"><path class="line ${
          colors[row.activation]
        }" stroke-width="2.5"${
          isKinked(row, data) && markup` stroke-dasharray="6 3"`
        } d="M1 5H27"/></svg>${data.rules.activation[row.activation]?.title ?? row.activation}</li>`
      )
    }</ul>
      <div class="panels">${
      methods.map((method) => panel(method, rows.filter((row) => row.method === method), data))
    }</div>
      <p class="quiet">${
      attacksText(report, data.rules)
    }, on the first ${images} test images, mean over the
      seeds. What fell at a smaller radius counts as fallen. ${
      largestRadiusText(report, data.rules)
    }.</p>${
      findings.length > 0 &&
      markup`<ul>${findings.map(({ text }) => markup`<li>${text}.</li>`)}</ul>`
    }${numbersHtml(rows, data)}`;
  },
};
