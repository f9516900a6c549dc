/**
 * What the dialog of a number shows, as templates: one a number, one a cell, and one for what all cells
 * of a kind have in common.
 *
 * @module
 */
import type { VerdictsFile } from "../../lib/report/verdicts_file.ts";
import { wilsonInterval } from "../../lib/statistics/mod.ts";
import { adoptedNotes } from "../../pipeline/answers/adopted.ts";
import { ranText } from "../../pipeline/answers/why.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import type { Trace, TracedSource } from "../trace/origin.ts";
import { factsByCell } from "./facts.ts";
import type { ReportData } from "./data.ts";
import { type Html, markup } from "./html.ts";
import { numberText, rangeText } from "./words.ts";

const copied = (command: string): Html =>
  markup`
    <div
      class="copy"><pre class="command" tabindex="0">${command}</pre><button type="button" data-copy>Copy</button></div>
  `;

function attacksHtml({ attacks }: VerdictsFile): Html {
  return markup`
    <table class="plain">
      <thead>
        <tr>
          <th scope="col">Attack</th>
          <th scope="col">robust before</th>
          <th scope="col">broke</th>
          <th scope="col">robust after</th>
        </tr>
      </thead>
      <tbody>${
    attacks.map(({ name, robust_before, robust_after }) =>
      markup`
          <tr>
            <td>${name}</td>
            <td>${robust_before}</td>
            <td>${robust_before - robust_after}</td>
            <td>${robust_after}</td>
          </tr>
        `
    )
  }</tbody>
    </table>
  `;
}

function sourceHtml(source: TracedSource, data: ReportData): Html {
  const { cell, seed, correct, images, counted, recounted, digest, output, verified } = source;
  const { low, high } = wilsonInterval(correct / images, images);
  const same = recounted?.correct === correct && recounted.images === images;
  const file = data.verdicts[cell];
  return markup`<section><h3>Seed ${seed}: ${correct} of ${images} images</h3>
<p>${numberText(100 * correct / images, 2)} % (95 % ${
    rangeText(100 * low, 100 * high)
  }, Wilson), classified correctly ${counted === "clean" ? "before" : "after"} the attack. ${
    recounted === undefined
      ? "Its file is not in the store any more."
      : same
      ? "Recounted from the file when this page was made: the same."
      : markup`<b>Different: the file has ${recounted.correct} of ${recounted.images}.</b>`
  }${verified && ` Computed again on ${verified.date.slice(0, 10)}: ${verified.verdict}.`}</p>
<dl class="facts"><dt>counted in</dt><dd>${output} <code>${digest}</code></dd><dt>by cell</dt><dd><code>${cell}</code></dd></dl>${
    counted === "robust" && file !== undefined && attacksHtml(file)
  }</section>`;
}

function numberTemplate(trace: Trace, title: string, data: ReportData): Html {
  const { name, value, sources, cells, commands, table, lost } = trace;
  const { percent, interval, seed_interval: over, deviation, paper, images } = value;
  return markup`
    <template
      data-for="${name}"><h2>${title}</h2><p class="number">${
    numberText(
      percent,
    )
  } %${deviation !== null && ` ± ${numberText(deviation)}`}</p><p>95 % interval ${
    rangeText(
      interval.low,
      interval.high,
    )
  } for other images (Wilson, ${images} images)${
    over !== null &&
    `, ${rangeText(over.low, over.high)} for other seeds (Student’s t)`
  }. ${
    paper === null ? "The paper has no such number." : `The paper has ${numberText(paper)} %.`
  } <code>${name}</code></p>
    ${sources.map((source) => sourceHtml(source, data))}
    <h3>Compute it anew</h3>${copied(commands.join("\n"))}
    <h3>Cells that led to it</h3>${
    cells.map(({ key, cell }) =>
      markup`
        <details data-cell="${key}">
          <summary>${cell}</summary>
        </details>
      `
    )
  }${lost.map((cell) => markup`<p>${cell}: its manifest is no longer in the store.</p>`)}
    <p class="quiet">table1.json <code>${table.digest}</code></p></template>
  `;
}

const factsHtml = (facts: readonly (readonly [name: string, value: string])[]): Html =>
  markup`<dl class="facts">${
    facts.map(([name, value], i) =>
      markup`${facts[i - 1]?.[0] !== name && markup`<dt>${name}</dt>`}<dd>${value}</dd>`
    )
  }</dl>`;

function cellTemplate(manifest: Manifest, own: ReturnType<typeof factsByCell>): Html {
  const { key, cell } = manifest, { differing, kind } = own.of(manifest);
  const notes = adoptedNotes([manifest]);
  return markup`
    <template
      data-for="${key}"><p>${ranText(manifest)}</p>${notes.map((note) => markup`<p>${note}</p>`)}${
    factsHtml(differing)
  }${
    own.shared(kind).length > 0 &&
    markup`
          <details data-cell="${kind}">
            <summary>The same in all cells of ${kind}</summary>
          </details>
        `
  }<p class="hidden">${cell}</p></template>
  `;
}

/** All templates. */
export function provenance(data: ReportData, titleOf: (trace: Trace) => string): Html {
  const facts = factsByCell(data.cells);
  return markup`${data.traces.map((trace) => numberTemplate(trace, titleOf(trace), data))}${
    data.cells.map((manifest) => cellTemplate(manifest, facts))
  }${
    facts.kinds.map((kind) =>
      markup`
        <template data-for="${kind}">${factsHtml(facts.shared(kind))}</template>
      `
    )
  }`;
}
