/** Writes what a paper takes of a profile's results into a folder. @module */
import { join } from "node:path";
import type { TheoryRow } from "../../lib/report/theory_rows.ts";
import { writeAtomic } from "../../pipeline/store/files.ts";
import { readObject } from "../common/read_object.ts";
import { collect, type Results } from "../report/collect.ts";
import { originOf, type PaperInput, paperTex } from "./files.ts";
import { svgToPdf } from "./pdf.ts";

/**
 * Writes the files.
 *
 * @returns Their names; undefined if the profile has no table
 */
export async function writePaper(
  results: Results,
  folder: string,
): Promise<readonly string[] | undefined> {
  const data = await collect(results);
  if (data === undefined) return undefined;
  const input = { data, theory: await readTheoryRows(results) }, names: string[] = [];
  for (const [name, text] of Object.entries(paperTex(input))) {
    writeAtomic(join(folder, name), text);
    names.push(name);
  }
  for (const { name, svg, cell } of await drawings(results, input)) {
    const { provenance: { finished } } = cell, pdf = `${name}.pdf`;
    const origin = originOf(name, data.table.profile, cell);
    Deno.writeFileSync(join(folder, pdf), await svgToPdf(svg, origin, new Date(finished)));
    names.push(pdf);
  }
  return names;
}

/** What the theory cells say together, if the profile has some. */
async function readTheoryRows({ store, profile }: Results): Promise<PaperInput["theory"]> {
  const manifest = store.latest(profile, "theory"), file = manifest?.outputs["theory.json"];
  const text = file && await readObject(store, file.digest);
  if (manifest === undefined || text === undefined) return undefined;
  const { rows } = JSON.parse(text) as { rows: readonly TheoryRow[] };
  return { rows, manifest };
}

/** The figures that are there as SVG, with the cells that drew them. */
async function drawings({ store }: Results, { data, theory }: PaperInput) {
  const found = [];
  for (const cell of [...data.cells, ...theory ? [theory.manifest] : []]) {
    for (const [file, { digest }] of Object.entries(cell.outputs)) {
      const name = file.match(/^(\w+)\.svg$/)?.[1];
      const svg = name && await readObject(store, digest);
      if (name && svg !== undefined) found.push({ name, svg: svg!, cell });
    }
  }
  return found;
}
