/** Cells whose new code is tried on their beginning, for tests. @module */
import { join } from "node:path";
import type { Fixture } from "../_fixture.ts";
import { openCode } from "../code/code_digest.ts";
import { openStatCache } from "../code/stat_cache.ts";
import type { CellDeclaration, FinishedWork, Trial } from "../cells/stage.ts";
import type { RunEvent } from "../run/events.ts";
import { type AdoptAllOptions, adoptCells } from "./adopt_cells.ts";

/** A stage that computes rows from its inputs, as many as it is asked for. */
const ROWS = `import { row } from "./row.ts";
const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const say = (message: unknown) => console.log(JSON.stringify(message));
say({ kind: "progress", done: 0, total: 1 });
const { rows: count, factor } = job.parameters, rows = [];
const sums = Object.values(job.inputs).map((files) =>
  JSON.parse(Deno.readTextFileSync((files as Record<string, string>)["rows.json"])).sum);
const from = sums.reduce((sum, value) => sum + value, 0);
for (let n = 0; n < (job.trial?.rows ?? count); n++) rows.push({ n, value: await row(n, factor) + from });
const sum = rows.reduce((sum, { value }) => sum + value, 0);
Deno.writeTextFileSync(job.output + "/rows.json", JSON.stringify({ sum, rows }));
say({ kind: "result", metrics: { sum }, provenance: { engine: job.trial ? "trial" : "whole" } });`;

/** A stage of one file without a trial: it prints the sums of its inputs. */
const TABLE = `import { title } from "./title.ts";
const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const sums = Object.values(job.inputs).map((files) =>
  JSON.parse(Deno.readTextFileSync((files as Record<string, string>)["rows.json"])).sum);
Deno.writeTextFileSync(job.output + "/table.txt", title + sums.join(", "));
console.log(JSON.stringify({ kind: "result", metrics: {}, provenance: {} }));`;

interface Rows {
  readonly rows: readonly unknown[];
}

const parse = (bytes: Uint8Array): Rows => JSON.parse(new TextDecoder().decode(bytes));

/** Tries the first two rows. */
function planTrial({ output }: FinishedWork): Trial | undefined {
  const { length } = parse(output("rows.json")).rows;
  if (length <= 2) return undefined;
  const part = (bytes: Uint8Array) =>
    new TextEncoder().encode(JSON.stringify({ rows: parse(bytes).rows.slice(0, 2) }));
  return {
    job: { rows: 2 },
    what: `2 of ${length} rows`,
    share: 2 / length,
    parts: { "rows.json": part },
  };
}

/** Writes the code of the cells; `value` is that of row `n`. */
export function writeCode({ write }: Fixture, value = "n * factor", title = "sums: "): void {
  write("rows.ts", ROWS);
  write("row.ts", `export const row = async (n: number, factor: number) => ${value};`);
  write("table.ts", TABLE);
  write("title.ts", `export const title = ${JSON.stringify(title)};`);
}

/** Two cells of rows, one after the other, and a table of both. */
export function rowCells(
  { stage }: Fixture,
  { rows = 5, factor = 3 }: { rows?: number; factor?: number } = {},
): CellDeclaration[] {
  const rowStage = stage("rows", { outputs: ["rows.json"], trial: planTrial });
  const parameters = { rows, factor };
  return [
    { id: "first", stage: rowStage, parameters, inputs: [] },
    { id: "second", stage: rowStage, parameters, inputs: ["first"] },
    {
      id: "table",
      stage: stage("table", { outputs: ["table.txt"] }),
      parameters: {},
      inputs: ["first", "second"],
    },
  ];
}

/** Adopts cells, as a process of its own would. */
export async function adopt(
  { root, store }: Fixture,
  ids: readonly string[],
  cells: readonly CellDeclaration[],
  more: Partial<AdoptAllOptions> = {},
) {
  const stats = openStatCache(join(store.cache, "files.json")), events: RunEvent[] = [];
  const outcomes = await adoptCells(ids, cells, {
    ...{ profile: "test", store, stats, root, jobs: 2 },
    code: openCode({ root, cache: store.cache, stats }),
    prepare: () => Promise.resolve({ engine: { kind: "none" }, provenance: {} }),
    signal: new AbortController().signal,
    tolerance: { absolute: 0, relative: 0 },
    ...more,
    onEvent: (event) => {
      events.push(event);
      more.onEvent?.(event);
    },
  });
  const texts = events.flatMap((event) =>
    event.kind === "tried" ? [`${event.cell}: ${event.text}`] : []
  );
  return { outcomes, events, texts };
}
