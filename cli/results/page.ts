/**
 * The page that shows a profile's results: Table 1, the figures and where the numbers come from,
 * in one HTML file that loads nothing.
 *
 * @module
 */
import { adoptedNotes } from "../../pipeline/answers/adopted.ts";
import type { Adoption } from "../../pipeline/store/adoption.ts";
import {
  escapeMarkup,
  type ReportRules,
  type Table1,
  tableHtml,
  tableNotes,
} from "../../lib/report/mod.ts";

/** Where one cell of the table comes from. */
export interface CellOrigin {
  readonly cell: string;
  /** SHA-256, in hexadecimal. */
  readonly key: string;
  /** Wall-clock seconds. */
  readonly seconds: number;
  /** ISO 8601, UTC. */
  readonly finished: string;
  /** Engine, platform and device, as far as the cell says. */
  readonly engine: string;
  /** Where earlier code computed it: how newer code was tried, oldest first. */
  readonly adopted?: readonly Adoption[];
}

/** What the page shows. */
export interface ResultsPage {
  readonly table: Table1;
  /** SVG documents by title, in order. */
  readonly figures: readonly { readonly title: string; readonly svg: string }[];
  /** Empty where no record of the results' origin is there. */
  readonly origins: readonly CellOrigin[];
  /** What the table's rows and columns name; what is not there goes by its name. */
  readonly rules: ReportRules;
}

const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --sheet: #fff; --ink: #1f2328; --quiet: #59636e;
  --line: #d1d9e0; --warn: #9a6700; --warn-ground: #fff8c5; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1117; --sheet: #151b23; --ink: #e6edf3; --quiet: #9198a1; --line: #3d444d;
    --warn: #d29922; --warn-ground: #272115; }
  figure [stroke="#0072b2"] { stroke: #56b4e9; } figure [fill="#0072b2"] { fill: #56b4e9; }
  figure [stroke="#d55e00"] { stroke: #ff8a3d; } figure [fill="#d55e00"] { fill: #ff8a3d; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2.5rem 1.25rem 4rem; max-width: 62rem; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.2; margin: 0 0 .25rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
.lead { color: var(--quiet); margin: 0 0 1.5rem; }
.warning { border-left: 4px solid var(--warn); background: var(--warn-ground); padding: .6rem 1rem;
  margin: 0 0 1.5rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { caption-side: bottom; text-align: left; color: var(--quiet); font-size: .875rem;
  padding-top: .75rem; }
th, td { padding: .35rem .6rem; text-align: right; white-space: nowrap; }
th:first-child, tr:first-child th:nth-child(2), tbody td:nth-child(2) { text-align: left; }
tbody th { font-weight: 600; }
thead { border-top: 2px solid var(--ink); border-bottom: 1px solid var(--ink); }
thead th { font-weight: 600; } thead tr + tr th { font-weight: 400; color: var(--quiet); }
thead tr + tr th:first-child { text-align: right; }
th.group { text-align: center; } th.group, th.here, td.here { border-left: 1px solid var(--line); }
tbody { border-bottom: 2px solid var(--ink); } tr.starts { border-top: 1px solid var(--line); }
td.here { font-weight: 600; } td.here small { font-weight: 400; color: var(--quiet); }
tr.seed td, tr.interval td { padding-block: 0; font-size: .875rem; color: var(--quiet); }
tr.seed td:nth-child(2), tr.interval td:nth-child(2) { padding-left: 1.4rem; }
tr.seed td.here, tr.interval td.here { font-weight: 400; }
td.paper, td.difference { color: var(--quiet); }
figure { margin: 0 0 1.5rem; padding: .5rem; background: var(--sheet); border: 1px solid var(--line);
  border-radius: 8px; }
figure svg { display: block; width: 100%; height: auto; color: var(--ink); }
figure .ground { fill: none; }
.origins { font-size: .8125rem; } .origins th, .origins td { text-align: left; }
.origins tbody tr { border-top: 1px solid var(--line); } code { font-family: ui-monospace, monospace; }
@media print { body { max-width: none; padding: 0; } figure { break-inside: avoid; } }
`;

function originsHtml(origins: readonly CellOrigin[]): string {
  if (origins.length === 0) {
    return "<p>No provenance record matches this table, so the cells are not listed.</p>";
  }
  const rows = origins.map(({ cell, key, seconds, finished, engine }) =>
    `<tr><td><code>${escapeMarkup(cell)}</code></td><td><code title="${escapeMarkup(key)}">${
      escapeMarkup(key.slice(0, 12))
    }</code></td><td>${escapeMarkup(engine)}</td><td>${seconds.toFixed(1)} s</td><td>${
      escapeMarkup(finished.replace("T", " ").replace(/(\.\d+)?Z$/, " UTC"))
    }</td></tr>`
  );
  const notes = adoptedNotes(origins).map((note) => `<p>${escapeMarkup(note)}</p>\n`).join("");
  return notes + '<div class="scroll"><table class="origins"><thead><tr><th>Cell</th><th>Key</th>' +
    `<th>Computed with</th><th>Time</th><th>Finished</th></tr></thead><tbody>\n${
      rows.join("\n")
    }\n</tbody></table></div>`;
}

/** Writes the page as an HTML document. */
export function resultsPage({ table, figures, origins, rules }: ResultsPage): string {
  const name = escapeMarkup(table.profile);
  const warning = table.comparable
    ? ""
    : `<p class="warning"><b>Not comparable with the paper's numbers:</b> ${
      escapeMarkup(table.departures.join("; "))
    }.</p>\n`;
  const texts = tableNotes(table, rules);
  const notes = texts.length === 0
    ? ""
    : `<h2>Notes</h2>\n<ul>\n${
      texts.map((text) => `<li>${escapeMarkup(text)}</li>`).join("\n")
    }\n</ul>\n`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Smoothness: results of the ${name} profile</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Is smoothness enough?</h1>
<p class="lead">Results of the ${name} profile</p>
${warning}<div class="scroll">
${tableHtml(table, rules)}</div>
${notes}<h2>Figures</h2>
${
    figures.map(({ title, svg }) =>
      `<figure aria-label="${escapeMarkup(title)}">\n${svg.trimEnd()}\n</figure>`
    ).join("\n")
  }
<h2>Where the numbers come from</h2>
${originsHtml(origins)}
</body>
</html>
`;
}
