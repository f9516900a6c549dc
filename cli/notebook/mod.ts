/**
 * A profile's results in a notebook: what is named last in a cell of Deno's Jupyter kernel is shown as a
 * table or a drawing. `docs/notebook.ipynb` has an example of each.
 *
 * @example
 * ```ts
 * import { openResults } from "./mod.ts";
 *
 * const results = openResults("docs/results/overfitting");
 * console.log(results.figures, results.row("igr/gelu").values.autoattack.percent);
 * results; // shows Table 1
 * ```
 *
 * @module
 */
import { join, resolve } from "node:path";
import type { ResultsVerdict, Row, Table1 } from "../../lib/report/mod.ts";
import { nearest } from "../../pipeline/cells/nearest.ts";
import { profileIdentity } from "../../pipeline/profile/identity.ts";
import { statIfPresent } from "../../pipeline/store/files.ts";
import { openStore } from "../../pipeline/store/store.ts";
import { storeFolder } from "../common/store.ts";

/** What notebooks call to show an object: contents by their MIME types. */
const DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** Something that a notebook shows. */
export interface Shown {
  readonly [DISPLAY]: () => Readonly<Record<string, string>>;
}

/** A profile's results. */
export interface NotebookResults extends Shown {
  readonly folder: string;
  /** `table1.json` */
  readonly table: Table1;
  /** The row of a method and an activation: `igr/gelu`. */
  readonly row: (name: string) => Row;
  /** The answers, shown as text; absent in results of before there were verdicts. */
  readonly verdict?: ResultsVerdict & Shown;
  /** Names of the figures that are there. */
  readonly figures: readonly string[];
  /** A figure, shown as a drawing. */
  readonly figure: (name: string) => Shown & { readonly svg: string };
}

const shown = (contents: Readonly<Record<string, string | undefined>>): Shown => ({
  [DISPLAY]: () =>
    Object.fromEntries(
      Object.entries(contents).flatMap(([type, text]) => text === undefined ? [] : [[type, text]]),
    ),
});

/**
 * Opens a profile's results.
 *
 * @param where A folder of results, or a profile: its name or the path of its file
 * @param options `store` is the folder of the store, for a profile
 * @throws {Deno.errors.NotFound} If there are none
 */
export function openResults(
  where: string,
  { store }: { readonly store?: string } = {},
): NotebookResults {
  const isFolder = statIfPresent(resolve(where))?.isDirectory ?? false;
  const folder = isFolder
    ? resolve(where)
    : openStore(storeFolder(store)).results(profileIdentity(where).id);
  const text = read(folder, "table1.json");
  if (text === undefined) {
    throw new Deno.errors.NotFound(
      `Cannot open the results "${where}": no "${join(folder, "table1.json")}"; name a folder of ` +
        `results, or run "deno task pipeline${where === "demo" ? "" : ` --profile ${where}`}"`,
    );
  }
  const table: Table1 = JSON.parse(text), verdict = read(folder, "verdict.json");
  const figures = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.endsWith(".svg")).map((name) => name.slice(0, -4)).sort();
  return {
    ...{ folder, table, figures },
    ...verdict === undefined ? {} : {
      verdict: {
        ...JSON.parse(verdict) as ResultsVerdict,
        ...shown({ "text/plain": read(folder, "verdict.txt") }),
      },
    },
    row(name) {
      const names = table.rows.map(({ method, activation }) => `${method}/${activation}`);
      return table.rows[indexOf(name, names, "row")];
    },
    figure(name) {
      const svg = read(folder, `${figures[indexOf(name, figures, "figure")]}.svg`) ?? "";
      return { svg, ...shown({ "image/svg+xml": svg, "text/plain": `Figure ${name}` }) };
    },
    ...shown({
      "text/markdown": read(folder, "table1.md"),
      "text/plain": read(folder, "table1.txt"),
    }),
  };
}

function read(folder: string, name: string): string | undefined {
  const path = join(folder, name);
  return statIfPresent(path)?.isFile ? Deno.readTextFileSync(path) : undefined;
}

function indexOf(name: string, names: readonly string[], what: string): number {
  const at = names.indexOf(name);
  if (at >= 0) return at;
  const [meant] = nearest(name, names, 1);
  throw new RangeError(
    `Cannot show the ${what} "${name}": there is none` +
      (meant === undefined ? "" : `; did you mean "${meant}"?`),
  );
}
