import {
  brokenBounds,
  measuredRadii,
  seedCount,
  seedMean,
  type TheoryRow,
} from "../../../lib/report/theory_rows.ts";
import { bendText, levels, threeDigits } from "../../../lib/report/theory_text.ts";
import type { ReportData } from "../data.ts";
import { type Html, markup } from "../html.ts";
import type { Section } from "../section.ts";
import { printed, rowTitle } from "../words.ts";

/** What the paper argues with, by row: name of the column, and a row's number. */
const COLUMNS: readonly (readonly [title: string, of: (row: TheoryRow) => string])[] = [
  ["largest σ″", bendText],
  ["‖∇L‖₁", (row) => threeDigits(seedMean(row, (of) => of.gradient_norm.mean))],
  [
    "R, FGSM",
    (row) => threeDigits(seedMean(row, (of, at) => of.linearization_error.fgsm[at].mean)),
  ],
  ["R, PGD", (row) => threeDigits(seedMean(row, (of, at) => of.linearization_error.pgd[at].mean))],
  ["ω found", (row) => threeDigits(seedMean(row, (of, at) => of.omega[at]))],
  ["correct", (row) => threeDigits(seedMean(row, (of) => of.correct))],
  [
    "bound above ε",
    (row) => threeDigits(seedMean(row, ({ bound }) => bound.margin.by_image.satisfied)),
  ],
  ["smallest found", (row) => levels(seedMean(row, (of) => of.found_radius?.q50))],
  [
    "bound / found",
    (row) => threeDigits(seedMean(row, ({ bound }) => bound.margin.by_image.tightness?.q50)),
  ],
];

function tableHtml(rows: readonly TheoryRow[], data: ReportData): Html {
  return markup`
    <div class="scroll" tabindex="0" role="region" aria-label="The theory, measured on every row">
      <table class="plain">
        <thead><tr><th scope="col">Row</th>${
    COLUMNS.map(([title]) => markup`<th scope="col">${title}</th>`)
  }</tr></thead>
        <tbody>${
    rows.map((row) =>
      markup`<tr><th scope="row">${rowTitle(row, data)}</th>${
        COLUMNS.map(([, of]) => markup`<td>${printed(of(row))}</td>`)
      }</tr>`
    )
  }</tbody>
      </table>
    </div>
  `;
}

/** The paper's argument, sections 2.3 to 2.5, measured on every model. */
export const theory: Section = {
  id: "theory",
  title: "The paper’s argument, measured",
  short: "Theory",
  content(data) {
    const rows = data.measured?.theory?.rows ?? [];
    if (rows.length === 0) return undefined;
    const [{ seeds: [{ record }] }] = rows, wrong = brokenBounds(rows), seeds = seedCount(rows);
    return markup`
      <p class="quiet">R(x, δ) is the error of the first-order approximation, equation (5), in nats: its mean over
      the first ${record.images} test images along FGSM’s and PGD’s δ at radius ${
      measuredRadii(rows).join(" or ")
    }, and ω, the largest that a search found: a lower bound of the true one. Proposition 2.1 bounds the radius
      within which an image keeps its class by its margin, ω and ‖∇L‖₁: how many correct images it bounds above ε,
      the median radius of the smallest adversarial perturbation found, in 255ths, and how near the bound comes to
      it. σ″ is the activation’s second derivative.${
      seeds > 1 && ` Means over ${seeds} seeds.`
    }</p>${tableHtml(rows, data)}
      <p>${
      wrong === 0
        ? "No bound is larger than a perturbation found, given the error R of that perturbation."
        : `${wrong} bounds are larger than a perturbation found, even given its own error R.`
    } What follows from a found ω is no certificate.</p>
    `;
  },
};
