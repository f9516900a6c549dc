import { durationText, sizeText } from "../../../pipeline/units.ts";
import { type CheckPlan, MOST_WORK, PROGRAM, secondsOf, TOLERANCE } from "../check/plan.ts";
import type { ReportData } from "../data.ts";
import { type Html, markup, raw } from "../html.ts";
import type { Section } from "../section.ts";
import { rowTitle } from "../words.ts";

/** Text for a script element that holds data: no text can end it. */
const embedded = (plan: CheckPlan): Html => raw(JSON.stringify(plan).replaceAll("<", "\\u003c"));

/** "6 s", "1 min 20 s": a guess. */
const timeText = (seconds: number) =>
  seconds < 60 ? `${Math.ceil(seconds)} s` : durationText(10 * Math.ceil(seconds / 10));

/** What is compared, and what it does not say. */
function comparisons({ records, columns, models }: CheckPlan): Html {
  const { carried, all } = records, attacks = columns.filter(({ name }) => name !== "clean");
  const from = new Set(models.map(({ slopes }) => slopes));
  return markup`<details><summary>What is compared</summary><ul>
<li>SHA-256 of every file with what the dialogs of the numbers show: weights, card, verdicts, adversarial
examples, table1.json${
    carried === all
      ? " and the test images"
      : `; of the test images the first ${carried} of ${all} are carried, whose digest was made with this page`
  }.</li>
<li>The prediction on every clean image and on every stored adversarial example (${
    attacks.map(({ title }) => title).join(", ")
  }): each verdict with the stored one, their count with table1.json, and the margins of broken images.</li>
<li>Each adversarial example lies in the ball around its image and in [0, 1], exactly.</li>${
    from.has("theory") &&
    markup`<li>R(x, δ) along FGSM’s direction and ‖∇L‖₁ of each image that theory.json has.</li>`
  }${
    from.has("history") &&
    markup`<li>The means of R(x, δ) and ‖∇L‖₁ over the probe images with the last point of Figure 1 (history.json).</li>`
  }${
    from.has(undefined) &&
    markup`<li>R(x, δ) and ‖∇L‖₁ are left out where they are not stored, or would make more than ${MOST_WORK.toExponential()} multiply-adds of a model.</li>`
  }</ul>
<p>Both sides compute in float32 and add in another order. Margins may differ by ${TOLERANCE.margin.toExponential()} of the largest logit of the image or of any clean one; ‖∇L‖₁ by ${TOLERANCE.slope.toExponential()} of itself, and R by as much of the losses and the
linear term that it is a difference of. An image whose margin is within that of 0 is counted as near to a
tie; a verdict that differs there is shown by ≈.</p>
<p>This says that the models give these numbers on these examples. It does not say that no attack finds more, nor
that the training was as described; ${markup`<code>deno task verify</code>`} computes cells again. Who can change this folder can change the program, too.</p></details>`;
}

function leftHtml({ left }: CheckPlan): Html | undefined {
  if (left.length === 0) return undefined;
  return markup`<details><summary>Rows that a browser does not compute</summary><ul>${
    left.map(({ title, reason, command }) =>
      markup`<li>${title}: ${reason}. The command that computes it anew:
<pre class="command" tabindex="0">${command}</pre></li>`
    )
  }</ul></details>`;
}

function formHtml(plan: CheckPlan, data: ReportData): Html {
  const { models, columns, folder } = plan;
  const bytes = models.reduce((sum, one) => sum + one.bytes, plan.bytes);
  const rows = data.table.rows.filter(({ method, activation }) =>
    models.some((one) => one.method === method && one.activation === activation)
  );
  const inRow = models.length / rows.length, seconds = secondsOf(models);
  return markup`<p>Your browser can compute these numbers again, without network and without installing anything:
${models.length} models, by this project’s own network code in float32. That takes about ${
    timeText(seconds)
  }, or ${timeText(seconds / rows.length)} for a row${
    inRow > 1 && ` with its ${Math.round(inRow)} seeds`
  }, and reads the folder <code>${folder}</code> beside this page: ${
    sizeText(bytes)
  }, one file a model, of at
most ${sizeText(Math.max(...models.map((one) => one.bytes)))}.</p>
<noscript><p>That needs a script; without one, <code>deno task verify</code> computes cells again.</p></noscript>
<p class="scripted check"><label>Rows <select data-check-rows><option value="">all</option>${
    rows.map((row) =>
      markup`<option value="${row.method}/${row.activation}">${rowTitle(row, data)}</option>`
    )
  }</select></label> <button type="button" data-check="${folder}/${PROGRAM}">Check in this browser</button>
<progress data-check-bar max="1" value="0" hidden aria-label="Check"></progress></p>
<p class="scripted" data-check-state role="status"></p>
<div class="scroll" tabindex="0" role="region" aria-label="What the check found"><table class="plain" data-check-table hidden>
<thead><tr><th scope="col">Model</th>${
    columns.map(({ title }) => markup`<th scope="col">${title}</th>`)
  }<th scope="col">R and ‖∇L‖₁</th><th scope="col">Time</th></tr></thead><tbody></tbody></table></div>
<script type="application/json" id="check-plan">${embedded(plan)}</script>`;
}

/** Numbers computed again in the reader's browser. */
export const check: Section = {
  id: "check",
  title: "Check the numbers here",
  short: "Check",
  content(data) {
    const { check: plan } = data;
    if (plan === undefined) return undefined;
    if ("missing" in plan) {
      return markup`<p class="quiet">This page cannot compute its numbers again: ${plan.missing}.</p>`;
    }
    return markup`${plan.models.length > 0 && formHtml(plan, data)}${
      plan.models.length > 0 && comparisons(plan)
    }${leftHtml(plan)}`;
  },
};
