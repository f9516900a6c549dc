/** Which cells were adopted, and by what trial, for people. @module */
import { type Adoption, adoptionText } from "../store/adoption.ts";

/** A cell and its adoptions, oldest first. */
export interface AdoptedCell {
  readonly cell: string;
  readonly adopted?: readonly Adoption[];
}

/** How a cell was tried; trials that went alike are told once. */
export function adoptionsText(adopted: readonly Adoption[]): string {
  return [...new Set(adopted.map(adoptionText))].join("; then ");
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
