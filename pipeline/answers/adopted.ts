/** Which cells were adopted, and by what trial, for people. @module */
import { wrap } from "../../lib/std/wrap.ts";
import { namesText } from "../units.ts";
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
  return byTrial(cells).map(([text, ids]) => noteText(ids.join(", "), text));
}

/** The same in lines of a terminal, of many cells the first two by name. */
export function adoptedLines(cells: readonly AdoptedCell[], width = 80): string[] {
  return byTrial(cells).flatMap(([text, ids]) => wrap(noteText(namesText(ids), text), width, "  "));
}

const noteText = (cells: string, trial: string) =>
  `${cells}: computed by earlier code; tried on ${trial}`;

/** Cells by how they were tried. */
function byTrial(cells: readonly AdoptedCell[]): [trial: string, cells: string[]][] {
  const found = new Map<string, string[]>();
  for (const { cell, adopted = [] } of cells) {
    if (adopted.length === 0) continue;
    const text = adoptionsText(adopted);
    found.set(text, [...found.get(text) ?? [], cell]);
  }
  return [...found];
}
