import type { Manifest } from "../../../pipeline/store/manifest.ts";
import { durationText } from "../../../pipeline/units.ts";
import { type Html, markup } from "../html.ts";
import type { Section } from "../section.ts";
import { timeText } from "../words.ts";

/** "train", "attack autoattack" */
const work = ({ stage, cell }: Manifest) =>
  stage === "attack" ? `attack ${cell.split(":")[1]}` : stage;

/** Engine and device as a cell names them, without repeating itself. */
export function engineText({ provenance }: Pick<Manifest, "provenance">): string {
  const { device } = (provenance.versions ?? {}) as { readonly device?: unknown };
  const parts = [provenance.engine, provenance.platform, device]
    .filter((value): value is string => typeof value === "string" && value !== "");
  return parts.length === 0 ? "–" : [...new Set(parts)].join(", ");
}

const machineText = ({ provenance: { host, processor, system, cores } }: Manifest) =>
  [host, processor, system, typeof cores === "number" ? `${cores} cores` : undefined]
    .filter((part) => typeof part === "string" && part !== "").join(", ");

function bars(cells: readonly Manifest[]): Html {
  const groups = [...Map.groupBy(cells, work)].map(([name, of]) => ({
    name,
    count: of.length,
    seconds: of.reduce((sum, { provenance }) => sum + provenance.seconds, 0),
    longest: of.reduce((a, b) => a.provenance.seconds >= b.provenance.seconds ? a : b),
  }));
  const most = Math.max(...groups.map(({ seconds }) => seconds), 1e-9);
  return markup`
    <div class="scroll" tabindex="0" role="region" aria-label="Time by kind of work">
      <table class="plain times">
        <thead>
          <tr>
            <th scope="col">Work</th>
            <th scope="col">Cells</th>
            <th scope="col">Time in all</th>
            <th scope="col">Longest</th>
          </tr>
        </thead>
        <tbody>${
    groups.map(({ name, count, seconds, longest }) =>
      markup`
            <tr>
              <th scope="row">${name}</th>
              <td>${count}</td>
              <td><div class="bar" aria-hidden="true"><i class="part0" style="width:${
        (100 *
          seconds / most).toFixed(1)
      }%"></i></div>${durationText(seconds)}</td>
              <td>${durationText(longest.provenance.seconds)} <code>${longest.cell}</code></td>
            </tr>
          `
    )
  }</tbody>
      </table>
    </div>
  `;
}

/** How long it took, on what, and every cell. */
export const times: Section = {
  id: "times",
  title: "Times, machines and cells",
  short: "Cells",
  content({ cells }) {
    const distinct = (of: (cell: Manifest) => string) =>
      [...new Set(cells.map(of))].filter((text) => text !== "" && text !== "–");
    const total = cells.reduce((sum, { provenance }) => sum + provenance.seconds, 0);
    return markup`
      <p>${cells.length} cells, ${
      durationText(
        total,
      )
    } of processes in all (several may run at a time).</p>${bars(cells)}
      <dl
        class="facts"><dt>Machines</dt>${
      distinct(machineText).map((text) => markup`<dd>${text}</dd>`)
    }<dt>Engines</dt>${
      distinct(engineText).map((text) => markup`<dd>${text}</dd>`)
    }<dt>Commits</dt>${
      distinct(({ provenance: { commit } }) => typeof commit === "string" ? commit : "")
        .map((text) => markup`<dd><code>${text}</code></dd>`)
    }</dl>
      <details>
        <summary>Every cell</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="Every cell">
          <table class="plain">
            <thead>
              <tr>
                <th scope="col">Cell</th>
                <th scope="col">Key</th>
                <th scope="col">Engine</th>
                <th scope="col">Time</th>
                <th scope="col">Finished</th>
              </tr>
            </thead>
            <tbody>${
      cells.map((cell) =>
        markup`
                <tr>
                  <td><code>${cell.cell}</code></td>
                  <td><code>${cell.key.slice(0, 12)}</code></td>
                  <td>${engineText(cell)}</td>
                  <td>${durationText(cell.provenance.seconds)}</td>
                  <td>${timeText(cell.provenance.finished)}</td>
                </tr>
              `
      )
    }</tbody>
          </table>
        </div>
      </details>
    `;
  },
};
