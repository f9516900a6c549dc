/** Which cells were adopted, and by what trial, for people. @module */
import type { Adoption } from "../store/adoption.ts";
import type { Manifest } from "../store/manifest.ts";

/** A cell and its adoptions, oldest first. */
export type AdoptedCell = Pick<Manifest, "cell" | "adopted">;

/** For example `epoch 1 of 16, bit for bit`. */
export function adoptionText({ trial, tolerance }: Adoption): string {
  const { what, differing, compared, largest } = trial;
  if (largest === undefined) return `${what}, bit for bit`;
  const { absolute, relative } = tolerance;
  return `${what}, ${differing} of ${compared} values within ${absolute} + ${relative} of the ` +
    `stored value`;
}

/** How a cell was tried; where it was adopted several times, each time. */
export function adoptionsText(adopted: readonly Adoption[]): string {
  return adopted.map(adoptionText).join("; then ");
}

/** Footnotes of a table: one line for all cells that were tried in the same way. */
export function adoptedNotes(cells: readonly AdoptedCell[]): string[] {
  const byTrial = new Map<string, string[]>();
  for (const { cell, adopted = [] } of cells) {
    if (adopted.length === 0) continue;
    const text = adoptionsText(adopted);
    byTrial.set(text, [...byTrial.get(text) ?? [], cell]);
  }
  return [...byTrial].map(([text, ids]) =>
    `${ids.join(", ")}: computed by earlier code; tried on ${text}`
  );
}
