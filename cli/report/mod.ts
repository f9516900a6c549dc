/**
 * The page that shows a profile's results: one HTML file that loads nothing. The answers come first, each
 * number is a button to where it comes from, and all but that reads without a script.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { settingText } from "../../lib/report/mod.ts";
import type { Trace } from "../trace/origin.ts";
import type { ReportData } from "./data.ts";
import { markup, raw } from "./html.ts";
import { STYLE } from "./style/mod.ts";
import { provenance } from "./provenance.ts";
import { script } from "./script.ts";
import type { Section } from "./section.ts";
import { check } from "./sections/check.ts";
import { collapse } from "./sections/collapse.ts";
import { curve } from "./sections/curve.ts";
import { dial } from "./sections/dial.ts";
import { discussion } from "./sections/discussion.ts";
import { dots } from "./sections/dots.ts";
import { examples } from "./sections/examples.ts";
import { figure1 } from "./sections/figure1.ts";
import { cite, files, others } from "./sections/files.ts";
import { findings } from "./sections/findings.ts";
import { surface } from "./sections/surface.ts";
import { table } from "./sections/table.ts";
import { theory } from "./sections/theory.ts";
import { times } from "./sections/times.ts";
import { transfer } from "./sections/transfer.ts";
import { verdict } from "./sections/verdict.ts";
import { waterfall } from "./sections/waterfall.ts";
import { columnTitle, printed, rowTitle } from "./words.ts";

export type { ReportData } from "./data.ts";

/** The page's parts, in order; those that have nothing to show are left out. */
export const SECTIONS: readonly Section[] = [
  verdict,
  table,
  check,
  dots,
  figure1,
  collapse,
  dial,
  curve,
  waterfall,
  theory,
  transfer,
  surface,
  examples,
  others,
  findings,
  times,
  discussion,
  cite,
  files,
];

const BEFORE = "This table was made before there were verdicts; run the pipeline to have one";

/** Why a table is not what would be computed now: reasons of its cell. */
const staleReasons = (traces: readonly Trace[]) => [
  ...new Set(
    traces.flatMap(({ sources }) =>
      sources.flatMap(({ reasons }) => reasons.map((one) => one.text))
    ),
  ),
];

/** Writes the page. */
export function reportPage(data: ReportData): string {
  const { table: shown, verdict: answers, rules, traces } = data;
  const parts = SECTIONS.flatMap((section) => {
    const content = section.content(data);
    return content === undefined ? [] : [{ ...section, content }];
  });
  const titles = new Map(
    shown.rows.flatMap((row) =>
      shown.columns.map((column) => [
        `table1.${row.method}.${row.activation}.${column}`,
        `${rowTitle(row, data)}, ${columnTitle(column, data)}`,
      ])
    ),
  );
  const stale = staleReasons(traces), setting = settingText(shown, rules);
  const hash = createHash("sha256").update(script).digest("base64");
  // the page's own script, and what that loads when a reader asks for the check
  const policy = "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; " +
    `style-src 'unsafe-inline'; script-src 'sha256-${hash}' 'strict-dynamic'`;
  return markup`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="${raw(policy)}">
        <title>Is smoothness all you need? Results of the ${shown.profile} profile</title>
        <style>${raw(STYLE)}</style>
      </head>
      <body>
    <header><h1>Is smoothness all you need?</h1>
    <p class="lead">${printed(answers?.sentence ?? BEFORE)}.</p>
    <p class="setting">${setting}.</p>${
    shown.departures.length > 0 &&
    markup`
        <details class="setting">
          <summary>Not the paper’s setting</summary>
          <ul>${shown.departures.map((text) => markup`<li>${text}</li>`)}</ul>
        </details>
      `
  }${
    stale.length > 0 &&
    markup`<div class="notice"><b>Some cells would be computed anew now:</b><ul>${
      stale.map((text) => markup`<li>${text}</li>`)
    }</ul></div>`
  }</header>
    <nav aria-label="Sections"><ul>${
    parts.map(({ id, short }) => short && markup`<li><a href="#${id}">${short}</a></li>`)
  }</ul></nav>
    <main>
    ${
    parts.map(({ id, title, content }) =>
      markup`
        <section id="${id}"
          aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>
        ${content}
        </section>
      `
    )
  }</main>
    <dialog aria-label="Where a number comes from"><button type="button" class="close" data-close>Close</button><div data-body></div></dialog>
    ${provenance(data, ({ name }) => titles.get(name) ?? name)}<script>${raw(script)}</script>
      </body>
    </html>
  `.html;
}
