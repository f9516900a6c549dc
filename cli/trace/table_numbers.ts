/** The numbers of Table 1 by name, and the files that they are counted in. @module */
import { readVerdict, type SeedValue, type Table1, type TableValue } from "../../lib/report/mod.ts";
import { nearest } from "../../pipeline/cells/nearest.ts";
import { globOf } from "../../pipeline/cells/select.ts";
import { UsageError } from "../common/options.ts";

/** One number of Table 1. */
export interface TableNumber {
  /** For example `table1.igr.gelu.autoattack`; with several seeds also `…@2` for one of them. */
  readonly name: string;
  readonly value: TableValue;
  /** Whether the paper's number was measured in the same setting. */
  readonly comparable: boolean;
  /** One source for each seed that it is the mean of. */
  readonly sources: readonly NumberSource[];
}

/** Where the number of one seed is counted. */
export interface NumberSource extends SeedValue {
  readonly cell: string;
  /** Name of the cell's output. */
  readonly output: string;
  /** Which images of the file count: those classified correctly before or after the attack. */
  readonly counted: "clean" | "robust";
}

/** All numbers of a table, in its order. */
export function tableNumbers({ columns, rows, comparable }: Table1): TableNumber[] {
  const [firstAttack] = columns.filter((column) => column !== "clean");
  return rows.flatMap(({ method, activation, values }) =>
    columns.flatMap((column) => {
      const value = values[column], name = `table1.${method}.${activation}.${column}`;
      // Clean accuracy is that of the attacked images, as the first attack found them.
      const attack = column === "clean" ? firstAttack : column;
      const sources = value.seeds.map((seed): NumberSource => ({
        ...seed,
        cell: `attack:${attack}:${method}:${activation}${seed.seed === 1 ? "" : `@${seed.seed}`}`,
        output: "verdicts.json",
        counted: column === "clean" ? "clean" : "robust",
      }));
      const single = sources.length === 1 ? [] : sources.map((source) => ({
        name: `${name}@${source.seed}`,
        value,
        comparable,
        sources: [source],
      }));
      return [{ name, value, comparable, sources }, ...single];
    })
  );
}

/**
 * Finds numbers by their names or globs, in which `*` stands for any characters; without a name all.
 *
 * @throws {UsageError} If there is none of a name
 */
export function findNumbers(
  names: readonly string[],
  numbers: readonly TableNumber[],
): TableNumber[] {
  if (names.length === 0) return [...numbers];
  const all = numbers.map(({ name }) => name), found = new Set<string>();
  for (const name of names) {
    const matches = all.filter(globOf(name));
    if (matches.length === 0) {
      const below = all.filter((one) => one.startsWith(`${name}.`)).slice(0, 3);
      const near = (below.length > 0 ? below : nearest(name, all)).map((one) => `"${one}"`);
      const hint = name.includes(":")
        ? `a cell is explained by "deno task why ${name}"`
        : 'run "deno task trace" to list all';
      throw new UsageError(
        `Cannot trace "${name}": there is no such number; nearest are ${near.join(", ")}; ${hint}`,
      );
    }
    matches.forEach((one) => found.add(one));
  }
  return numbers.filter(({ name }) => found.has(name));
}

/** Counts a seed's images again in the file that the attack left. */
export function recount({ cell, output, counted }: NumberSource, text: string): {
  correct: number;
  images: number;
} {
  const verdict = readVerdict(`${output} of ${cell}`, text);
  return { correct: verdict[counted], images: verdict.images };
}
