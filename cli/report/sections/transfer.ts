import { epsilonText } from "../../../lib/report/mod.ts";
import { KIND_TITLES } from "../../../lib/report/measured/transfer.ts";
import { type ExampleKind, KINDS } from "../../../lib/transfer/record.ts";
import type { ReportData } from "../data.ts";
import { type Html, markup } from "../html.ts";
import type { Section } from "../section.ts";
import { columnTitle, numberText, rowTitle } from "../words.ts";

function matrix(kind: ExampleKind, data: ReportData): Html {
  const { rows } = data.measured!.transfer!, title = `${KIND_TITLES[kind]} examples`;
  return markup`
    <h3>${title}</h3>
    <div class="scroll" tabindex="0" role="region" aria-label="${title} by the model they are made on">
      <table class="map transfer">
        <thead><tr><th scope="col">Tried on, made on</th><th scope="col">clean</th>${
    rows.map((row, i) =>
      markup`<th scope="col"><abbr title="${rowTitle(row, data)}">${i + 1}</abbr></th>`
    )
  }</tr></thead>
        <tbody>${
    rows.map((row, i) =>
      markup`<tr><th scope="row">${i + 1} ${rowTitle(row, data)}</th><td class="none">${
        numberText(100 * row.clean)
      }</td>${
        row.sources[kind].map(({ source, accuracy, beats_own }) => {
          const own = source === `${row.method}/${row.activation}`;
          const share = row.clean === 0 ? 0 : Math.min(1, accuracy / row.clean);
          return markup`<td class="${own ? "own" : beats_own ? "masked" : ""}" style="--share:${
            (0.45 * share).toFixed(3)
          }">${numberText(100 * accuracy, 0)}${
            beats_own && markup`<span class="hidden"> fewer than its own</span>`
          }</td>`;
        })
      }</tr>`
    )
  }</tbody>
      </table>
    </div>
  `;
}

/** Which models fall for examples that were made on which. */
export const transfer: Section = {
  id: "transfer",
  title: "Transfer of adversarial examples",
  short: "Transfer",
  content(data) {
    const report = data.measured?.transfer;
    if (report === undefined) return undefined;
    const { findings, images, epsilon, rows } = report;
    const attacked = rows.filter(({ attack }) => attack !== null);
    const missed = attacked.reduce((sum, { attack }) => sum + attack!.missed, 0);
    return markup`
      <p class="quiet">Accuracy in percent of each model on examples made on each, ${images} test images at
      radius ${
      epsilonText(epsilon)
    }, first seed. An image counts where both it and the example are classified
      as labelled. Framed: the model’s own examples. <b class="masked">Bold</b>: fewer right than on its own,
      by more than noise, so that its gradients are masked: they hide from the attack what another model’s
      gradients find (Papernot et al. 2017).</p>
      ${KINDS.map((kind) => matrix(kind, data))}
      ${
      findings.length === 0
        ? markup`<p>No model’s own examples are worse than those of another.</p>`
        : markup`<ul>${findings.map(({ text }) => markup`<li>${text}.</li>`)}</ul>`
    }${
      attacked.length > 0 && missed === 0 &&
      markup`<p>No image that ${
        columnTitle(attacked[0].attack!.name, data)
      } left robust falls for an example of another model.</p>`
    }`;
  },
};
