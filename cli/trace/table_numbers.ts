/** The numbers of Table 1 by name, and the files that they are counted in. @module */
import { readVerdict, type SeedValue, type Table1, type TableValue } from "../../lib/report/mod.ts";
import { nearest } from "../../pipeline/cells/nearest.ts";
import { UsageError } from "../common/options.ts";

/** One number of Table 1. */
export interface TableNumber {
  /** For example `table1.igr.gelu.autoattack`; with several seeds also `…@2` for one of them. */
  readonly name: string;
  readonly value: TableValue;
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
export function tableNumbers({ columns, rows }: Table1): TableNumber[] {
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
        sources: [source],
      }));
      return [{ name, value, sources }, ...single];
    })
  );
}

/**
 * Finds a number.
 *
 * @throws {UsageError} If there is none of that name; the message lists all
 */
export function findNumber(name: string | undefined, numbers: readonly TableNumber[]): TableNumber {
  const found = numbers.find((number) => number.name === name);
  if (found !== undefined) return found;
  const names = numbers.map(({ name }) => name);
  const problem = name === undefined
    ? "Cannot trace nothing: name one number"
    : `Cannot trace "${name}": there is no such number; nearest is "${nearest(name, names, 1)[0]}"`;
  throw new UsageError(`${problem}. The table has\n${names.map((one) => `  ${one}`).join("\n")}`);
}

/** Counts a seed's images again in the file that the attack left. */
export function recount({ cell, output, counted }: NumberSource, text: string): {
  correct: number;
  images: number;
} {
  const verdict = readVerdict(`${output} of ${cell}`, text);
  return { correct: verdict[counted], images: verdict.images };
}
