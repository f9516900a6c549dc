import type { Row } from "../../../lib/report/mod.ts";
import { cellOf, type EpochRecord, type ReportData } from "../data.ts";
import { type Html, markup } from "../html.ts";
import { type Band, lineChart, type Series } from "../line_chart.ts";
import { fittingScale, linearScale, type Scale } from "../scale.ts";
import type { Section } from "../section.ts";
import { isKinked, numberText, rowTitle, seriesClasses } from "../words.ts";

/** One training of a row. */
interface Training {
  readonly row: Row;
  readonly seed: number;
  readonly epochs: readonly EpochRecord[];
  /** Epoch of its collapse. */
  readonly collapse?: number;
}

/** Trainings of which each has a band over the images; of more they would hide each other. */
const BANDED = 2;

function trainingsOf(rows: readonly Row[], { histories, table }: ReportData): Training[] {
  return rows.flatMap((row) =>
    row.values[table.columns[0]].seeds.flatMap(({ seed }) => {
      const epochs = histories[cellOf("train", row, seed)];
      const collapse = row.collapses.find((one) => one.seed === seed)?.epoch;
      return epochs === undefined ? [] : [{ row, seed, epochs, collapse }];
    })
  );
}

/** Rows trained on one-step attacks; where there are none, all. */
function shownRows({ table, rules }: ReportData): readonly Row[] {
  const oneStep = table.rows.filter(({ method }) =>
    rules.method[method]?.training === "single-step"
  );
  return oneStep.length > 0 ? oneStep : table.rows;
}

function panel(
  { title, note, quantity, quantile, trainings, data }: {
    title: Html;
    note: string;
    quantity: string;
    /** Beginning of the names of quantiles over the images. */
    quantile?: string;
    trainings: readonly Training[];
    data: ReportData;
  },
): Html | undefined {
  const colors = seriesClasses(data.table.rows, data), share = quantity.endsWith("accuracy");
  const series = trainings.map(({ row, seed, epochs, collapse }): Series => ({
    name: rowTitle(row, data) + (data.table.seeds > 1 ? `, seed ${seed}` : ""),
    color: colors[row.activation],
    points: epochs.map((record) => [record.epoch!, record[quantity] ?? null]),
    ...isKinked(row, data) ? { dash: "6 3" } : {},
    cross: collapse,
    width: trainings.length > 6 ? 1.3 : 1.8,
  }));
  const bands = quantile === undefined || trainings.length > BANDED
    ? []
    : trainings.flatMap(({ row, epochs }): Band[] => {
      const points = epochs.flatMap((record): [number, number, number][] => {
        const low = record[`${quantile}_q05`], high = record[`${quantile}_q95`];
        return low == null || high == null ? [] : [[record.epoch!, low, high]];
      });
      return points.length < 2 ? [] : [{ color: colors[row.activation], points }];
    });
  const values = [
    ...series.flatMap(({ points }) => points.flatMap(([, value]) => value ?? [])),
    ...bands.flatMap(({ points }) => points.flatMap(([, low, high]) => [low, high])),
  ];
  if (values.length === 0) return undefined;
  const y = share
    ? linearScale(values, 0)
    : fittingScale(quantity === "linearization_error" ? [0, ...values] : values);
  const last = Math.max(...series.flatMap(({ points }) => points.map(([epoch]) => epoch)));
  const axis = y.kind === "linear" ? "" : `; ${y.kind} axis`;
  return markup`<figure><figcaption>${title}<small>${note}${axis}</small></figcaption>
${
    lineChart({
      label: `${note} by epoch, one line a training`,
      ...{ series, bands, y },
      ...share
        ? {
          yText: (tick: number) => `${numberText(100 * tick, 0)} %`,
          told: (value: number) => `${numberText(100 * value)} %`,
        }
        : {},
      x: epochScale(last),
      xLabel: "epoch",
    })
  }</figure>`;
}

/** An axis of epochs, which are whole. */
function epochScale(last: number): Scale {
  const scale = linearScale([], Math.min(1, last - 1), last);
  return { ...scale, ticks: scale.ticks.filter(Number.isInteger) };
}

function numbersHtml(trainings: readonly Training[], data: ReportData): Html {
  const last = ({ epochs }: Training, name: string) => epochs[epochs.length - 1]?.[name] ?? null;
  return markup`
    <details>
      <summary>Numbers at the end of training</summary>
      <div class="scroll" tabindex="0" role="region" aria-label="Numbers at the end of training">
        <table class="plain">
          <thead>
            <tr>
              <th scope="col">Training</th>
              <th scope="col">Seed</th>
              <th scope="col">R, nats</th>
              <th scope="col">‖∇L‖₁</th>
              <th scope="col">PGD-10, %</th>
              <th scope="col">FGSM, %</th>
              <th scope="col">Overfits from epoch</th>
            </tr>
          </thead>
          <tbody>
    ${
    trainings.map((training) =>
      markup`<tr><td>${rowTitle(training.row, data)}</td><td>${training.seed}</td><td>${
        numberText(last(training, "linearization_error"), 3)
      }</td><td>${numberText(last(training, "input_gradient_norm"), 2)}</td>${
        ["pgd10_accuracy", "fgsm_accuracy"].map((name) => {
          const share = last(training, name);
          return markup`<td>${numberText(share === null ? null : 100 * share)}</td>`;
        })
      }<td>${training.collapse ?? "–"}</td></tr>`
    )
  }</tbody>
        </table>
      </div>
    </details>
  `;
}

/** Figure 1, with what it means for accuracy, and where trainings overfit. */
export const figure1: Section = {
  id: "figure1",
  title: "Figure 1: first-order approximation during training",
  short: "Figure 1",
  content(data) {
    const rows = shownRows(data), trainings = trainingsOf(rows, data);
    if (trainings.length === 0) return undefined;
    const colors = seriesClasses(data.table.rows, data);
    const legend = rows.map((row) => {
      const found = row.collapses.map(({ epoch }) => epoch).sort((a, b) => a - b);
      return markup`<li><svg aria-hidden="true" viewBox="0 0 28 10"><path class="line ${
        colors[row.activation]
      }" stroke-width="2.5"${
        isKinked(row, data) && markup`
          stroke-dasharray="6 3"
        `
      } d="M1 5H27"/></svg>${rowTitle(row, data)}${
        found.length > 0 && markup`: <b>overfits from epoch ${found.join(", ")}</b>`
      }</li>`;
    });
    const shared = { trainings, data };
    return markup`
      <ul class="legend">${legend}</ul>
      <div class="panels">${
      panel({
        title: markup`Approximation error <i>R</i>(<i>x</i>, <i>δ</i>)`,
        note: "in nats, δ the FGSM step",
        quantity: "linearization_error",
        quantile: "linearization_error",
        ...shared,
      })
    }${
      panel({
        title: markup`Input gradient norm ‖∇<sub>x</sub><i>L</i>‖₁`,
        note: "in nats per unit of pixel value",
        quantity: "input_gradient_norm",
        ...shared,
      })
    }${
      panel({
        title: markup`Accuracy under PGD-10`,
        note: "on held-out images",
        quantity: "pgd10_accuracy",
        ...shared,
      })
    }</div>
      <p
        class="quiet">One line a training, mean over the probe images after each epoch. ✕ marks the first epoch
      at whose end PGD-10 accuracy was lost while FGSM accuracy held: catastrophic
      overfitting. Dashed: activations with a kink.${
      trainings.length <= BANDED && trainings.some(({ epochs: [first] }) =>
        first?.linearization_error_q05 != null
      ) && " Bands: 5 to 95 % of the images."
    }</p>${numbersHtml(trainings, data)}
    `;
  },
};
