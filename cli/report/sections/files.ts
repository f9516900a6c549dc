import { sizeText } from "../../../pipeline/units.ts";
import type { ReportData, ResultFile } from "../data.ts";
import { type Html, markup, raw } from "../html.ts";
import type { Section } from "../section.ts";

/** Characters of a file that the page may carry; larger ones lie beside it, as figures do. */
const MOST = 60_000;

/** Outputs that the page has in a form of its own. */
const SHOWN = ["figure1.svg", "collapse.svg", "table1.txt", "verdict.txt"];

const TYPES: Readonly<Record<string, string>> = {
  json: "application/json",
  csv: "text/csv",
};

const title = (name: string) =>
  name === "training" ? "Accuracy during training" : name[0].toUpperCase() + name.slice(1);

/** A figure as it is, in a box that scrolls; its groups may not have names, for readers of screens. */
const drawing = (text: string): Html =>
  raw(text.replaceAll(/(<g\b[^>]*?) aria-label="[^"]*"/g, "$1"));

/** Other figures and texts of the cells `aggregate` and `plot`, as they are. */
export const others: Section = {
  id: "others",
  title: "More figures and tables",
  content({ files }) {
    const found = files.filter(({ name, text }) =>
      /\.(svg|txt)$/.test(name) && text !== undefined && !SHOWN.includes(name)
    );
    const groups = Map.groupBy(found, ({ name }) => name.replace(/\.\w+$/, ""));
    return found.length === 0
      ? undefined
      : markup`${
        [...groups].map(([name, of]) =>
          markup`<details class="drawing"><summary>${title(name)}</summary>${
            of.map(({ name, text = "" }) =>
              markup`<div class="scroll" tabindex="0" role="region" aria-label="${name}">${
                name.endsWith(".svg") ? drawing(text) : markup`<pre>${text}</pre>`
              }</div>`
            )
          }</details>`
        )
      }`;
  },
};

function link({ name, text, size }: ResultFile): Html {
  if (text === undefined || text.length > MOST || name.endsWith(".svg")) {
    return markup`<li><code>${name}</code> (${sizeText(size)}, in the results folder)</li>`;
  }
  const type = TYPES[name.split(".").at(-1)!] ?? "text/plain";
  const data = new TextEncoder().encode(text).toBase64();
  return markup`<li><a download="${name}" href="data:${type};charset=utf-8;base64,${data}">${name}</a> (${
    sizeText(size)
  })</li>`;
}

/** Files to take along. */
export const files: Section = {
  id: "files",
  title: "Files",
  short: "Files",
  content: ({ files }) =>
    files.length === 0 ? undefined : markup`<ul class="files">${files.map(link)}</ul>`,
};

/** How to cite these results, by the digest of their table. */
export const cite: Section = {
  id: "cite",
  title: "Cite",
  content({ table, files, cells }: ReportData) {
    const digest = files.find(({ name }) => name === "table1.json")?.digest ?? "";
    const commit = cells.find(({ cell }) => cell === "aggregate")?.provenance.commit;
    const finished = cells.map(({ provenance }) => provenance.finished).sort().at(-1) ?? "";
    const made = typeof commit === "string" ? `; commit ${commit}` : "";
    const entry = [
      `@misc{smoothness-${table.profile.replaceAll(/[^\w-]/g, "-")},`,
      `  title = {Smoothness: results of the profile ${table.profile}},`,
      "  author = {{The Smoothness contributors}},",
      `  year = {${finished.slice(0, 4)}},`,
      `  note = {Data ${table.data}; table1.json SHA-256 ${digest}${made}}`,
      "}",
    ];
    return markup`<pre class="command" tabindex="0">${entry.join("\n")}</pre>
<p class="quiet">The paper: “Smoothness is All You Need: Examining the Role of Smooth Activations in
Robustness Training”. AutoAttack: Croce and Hein, ICML 2020.</p>`;
  },
};
