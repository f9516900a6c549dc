/** What models are measured for besides the table, as the page shows it. @module */
import type { CurveReport } from "../../lib/report/measured/curve.ts";
import type { DialReport } from "../../lib/report/measured/dial.ts";
import type { SurfaceReport } from "../../lib/report/measured/surface.ts";
import type { TransferReport } from "../../lib/report/measured/transfer.ts";
import type { TheoryRow } from "../../lib/report/theory_rows.ts";
import { lineageOf, type openRuns } from "../../pipeline/answers/lineage.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { readObject } from "../common/read_object.ts";

/** By the cell that left it; what the profile does not ask for is absent. */
export interface Measured {
  readonly curve?: CurveReport;
  readonly transfer?: TransferReport;
  readonly surface?: SurfaceReport;
  readonly dial?: DialReport;
  readonly theory?: { readonly rows: readonly TheoryRow[] };
}

/** Cells that leave a JSON file of their own name. */
const CELLS = [
  "curve",
  "transfer",
  "surface",
  "dial",
  "theory",
] as const satisfies (keyof Measured)[];

/**
 * Reads what was measured of the models of a table; of other models nothing is read.
 *
 * @param aggregate The run that made the table
 * @param latest The run of a cell that the results are from
 */
export async function readMeasured(
  store: Store,
  aggregate: Manifest,
  latest: (cell: string) => Manifest | undefined,
  find: ReturnType<typeof openRuns>,
): Promise<Measured> {
  const found: Record<string, unknown> = {};
  for (const name of CELLS) {
    const run = latest(name), file = run?.outputs[`${name}.json`];
    if (run === undefined || file === undefined || !isOf(aggregate, run, find)) continue;
    const text = await readObject(store, file.digest);
    if (text !== undefined) found[name] = JSON.parse(text);
  }
  return found as Measured;
}

/** Whether all models, and the table, that led to a run are those of the table shown. */
function isOf(aggregate: Manifest, run: Manifest, find: ReturnType<typeof openRuns>): boolean {
  const same = (inputs: Manifest["inputs"]) =>
    Object.entries(inputs).every(([cell, outputs]) => {
      const own = cell === "aggregate"
        ? Object.fromEntries(
          Object.entries(aggregate.outputs).map(([name, { digest }]) => [name, digest]),
        )
        : aggregate.inputs[cell];
      return own === undefined ||
        Object.entries(outputs).every(([name, digest]) =>
          own[name] === undefined || own[name] === digest
        );
    });
  return lineageOf(run, find).manifests.filter(({ cell }) => !/^(train|fetch|attack):/.test(cell))
    .every(({ inputs }) => same(inputs));
}
