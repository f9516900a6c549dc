import { neededTexts, type Question } from "../../../lib/report/verdict/mod.ts";
import { type Html, markup } from "../html.ts";
import type { Section } from "../section.ts";
import { numberText, printed, rangeText, signedText } from "../words.ts";

const CLASSES: Readonly<Record<string, string>> = {
  yes: "yes",
  no: "no",
  "not decided": "open",
};

const WIDTH = 300, LEFT = 20, MIDDLE = 16;

/** An estimate with its interval beside 0 and the paper's value; nothing without an interval. */
function intervalSvg({ estimate, low, high, paper, unit }: Question): Html | undefined {
  if (estimate === null || low === null || high === null) return undefined;
  const values = [0, low, high, estimate, ...paper.value === null ? [] : [paper.value]];
  const from = Math.min(...values), to = Math.max(...values);
  if (!(to > from)) return undefined;
  const place = (value: number) =>
    (LEFT + (value - from) / (to - from) * (WIDTH - 2 * LEFT)).toFixed(1);
  const digits = unit.startsWith("Kendall") || unit === "nats" ? 2 : 1;
  const beside = paper.value === null ? "" : `; the paper has ${numberText(paper.value, digits)}`;
  const label =
    `${numberText(estimate, digits)}, interval ${rangeText(low, high, digits)} ${unit}` +
    beside;
  const apart = (a: number, b: number) => Math.abs(Number(place(a)) - Number(place(b)));
  const ends = [low, high].filter((end) => apart(end, 0) > 30 && apart(low, high) > 64);
  return markup`<svg class="interval" role="img" aria-label="${label}" viewBox="0 0 ${WIDTH} 44">
<path class="grid" d="M${place(0)} 2V30"/><text x="${place(0)}" y="42" text-anchor="middle">0</text>
<path class="line" stroke-width="3" d="M${place(low)} ${MIDDLE}H${place(high)}"/>${
    ends.map((end) =>
      markup`<text x="${place(end)}" y="42" text-anchor="middle">${numberText(end, digits)}</text>`
    )
  }${
    paper.value !== null &&
    markup`<path class="diamond" d="M${place(paper.value)} ${MIDDLE - 8}l7 8l-7 8l-7 -8z"/>`
  }<circle class="dot" cx="${place(estimate)}" cy="${MIDDLE}" r="5.5"/></svg>`;
}

/** The estimate in words, where the sentence does not have it. */
function estimateText({ estimate, low, high, unit }: Question): string | undefined {
  if (estimate === null || unit === "percentage points") return undefined;
  const digits = unit.startsWith("Kendall") || unit === "nats" ? 2 : 1;
  const text = unit.startsWith("%") ? numberText : signedText;
  const range = low === null || high === null
    ? "no interval: one seed"
    : `95 % from ${text(low, digits)} to ${text(high, digits)}`;
  return `${text(estimate, digits)} ${unit} (${range})`;
}

function neededHtml({ needed, missing }: Question): Html | undefined {
  if (needed === null && missing.length === 0) return undefined;
  const would = needed === null
    ? ""
    : neededTexts(needed).map((text) => `about ${text}`).join(", or ");
  return markup`${
    would !== "" && markup`<p>What would decide, if the estimate stays: ${would}.</p>`
  }${needed && markup`<pre class="command" tabindex="0">${needed.command}</pre>`}${
    missing.length > 0 &&
    markup`
      <p>Rows that are missing:</p>
      <ul>${
      missing.map(({ row, command }) =>
        markup`<li><b>${row}</b><pre class="command" tabindex="0">${command}</pre></li>`
      )
    }</ul>
    `
  }`;
}

function numbersHtml({ numbers }: Question): Html | undefined {
  if (numbers.length === 0) return undefined;
  return markup`
    <div class="scroll" tabindex="0" role="region" aria-label="Numbers used">
      <table class="plain">
        <thead>
          <tr>
            <th scope="col">Number</th>
            <th scope="col">Value</th>
            <th scope="col">Cell</th>
          </tr>
        </thead>
        <tbody>${
    numbers.map(({ name, value, unit, cell }) =>
      markup`
            <tr>
              <td>${name}</td>
              <td>${
        typeof value === "number"
          ? numberText(value, Math.abs(value) < 10 && unit !== "%" ? 2 : 1)
          : value
      } ${unit}</td>
              <td><code>${cell}</code></td>
            </tr>
          `
    )
  }</tbody>
      </table>
    </div>
  `;
}

function card(question: Question): Html {
  const { id, question: text, answer, sentence, paper, rule, images, seeds } = question;
  return markup`<li id="question-${id}"><h3>${text}</h3>
<p class="answer ${CLASSES[answer] ?? "unsaid"}">${answer}</p>
<p>${printed(sentence)}.</p>${intervalSvg(question)}
<p class="quiet">${
    estimateText(question) ? markup`<b class="estimate">${estimateText(question)}</b><br>` : ""
  }${
    images > 0 && `${images} images, ${seeds} seed${seeds === 1 ? "" : "s"}. `
  }The paper: ${paper.text}${paper.value !== null && ` (${numberText(paper.value)})`}.</p>
<details><summary>Rule and numbers</summary><p>${rule}</p>${numbersHtml(question)}${
    neededHtml(question)
  }</details></li>`;
}

/** The answers, first of all. */
export const verdict: Section = {
  id: "verdict",
  title: "Verdict",
  short: "Verdict",
  content: ({ verdict }) =>
    verdict && markup`
      <ul class="cards">${verdict.questions.map(card)}</ul>
      <p
        class="quiet">Every answer follows from its rule; none is written by hand. ● is the estimate with its
      95 % interval, ◇ the paper’s value.</p>
    `,
};
