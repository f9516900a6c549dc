import { adoptedNotes } from "../../../pipeline/answers/adopted.ts";
import { markup } from "../html.ts";
import type { Section } from "../section.ts";

/** What speaks against a number, or explains it. */
export const findings: Section = {
  id: "findings",
  title: "Findings",
  short: "Findings",
  content({ table, cells }) {
    const texts = [
      ...table.findings.map(({ text, row }) => ({ text, row })),
      ...adoptedNotes(cells).map((text) => ({ text, row: undefined })),
    ];
    return texts.length === 0
      ? undefined
      : markup`<ul>${
        texts.map(({ text, row }) =>
          markup`<li>${
            row && markup`
              <span class="flag" aria-hidden="true">▲</span>
            `
          }${text}.</li>`
        )
      }</ul>`;
  },
};
