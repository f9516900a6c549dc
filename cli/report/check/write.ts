/** Puts beside the page what it checks itself with: the program, and a file for each model. @module */
import { basename } from "node:path";
import { messageOf } from "../../../lib/std/message_of.ts";
import type { Row } from "../../../lib/report/mod.ts";
import type { Store } from "../../../pipeline/store/store.ts";
import { sizeText } from "../../../pipeline/units.ts";
import type { Commands } from "../../trace/commands.ts";
import { cellOf, type ReportData } from "../data.ts";
import { columnTitle, rowTitle } from "../words.ts";
import { type CheckFolder, type KeptModel, openFolder } from "./folder.ts";
import { packModel } from "./pack_model.ts";
import { type PackedShared, packShared } from "./pack_shared.ts";
import { encodeParts } from "./parts.ts";
import {
  type Check,
  type LeftRow,
  MOST_BYTES,
  MOST_WORK,
  type PlannedModel,
  PROBE,
  PROGRAM,
  SHARED,
} from "./plan.ts";
import { checkProgram } from "./program.ts";
import { type ModelSource, modelSource } from "./source.ts";

/** Where things are. */
export interface CheckSource {
  readonly store: Store;
  /** The profile's id. */
  readonly profile: string;
  readonly commands: Commands;
}

/** A model of the table, if its files are in the store. */
interface Named {
  readonly row: Row;
  readonly seed: number;
  readonly source?: ModelSource;
}

/**
 * Writes the folder of a page.
 *
 * @param page Where the page will be
 * @param makeProgram What takes seconds, if it has not been made before
 */
export async function writeCheck(
  { store, profile, commands }: CheckSource,
  data: ReportData,
  page: string,
  makeProgram: () => Promise<string> = checkProgram,
): Promise<Check> {
  const aggregate = data.cells.find(({ cell }) => cell === "aggregate");
  if (aggregate === undefined) return { missing: "the record of the table is not in this store" };
  const named = data.table.rows.flatMap((row): Named[] =>
    row.values[data.table.columns[0]].seeds.map(({ seed }) => {
      const theory = store.latest(profile, cellOf("theory", row, seed));
      return { row, seed, source: modelSource(store, aggregate, { row, seed, theory, data }) };
    })
  );
  const sources = named.flatMap(({ source }) => source ?? []);
  if (sources.length === 0) {
    return { missing: "the models and adversarial examples are not in this store" };
  }
  const shared = await packShared(store, aggregate, sources);
  const path = page.replace(/(\.html)?$/, "-check"), folder = openFolder(path);
  const models: PlannedModel[] = [], left: { readonly one: Named; readonly reason: string }[] = [];
  for (const one of named) {
    const found = await placeModel(store, one.source, { shared, folder });
    if ("reason" in found) {
      left.push({ one, ...found });
      continue;
    }
    const { row: { method, activation }, seed } = one, { digests, counts } = one.source!;
    const title = rowTitle(one.row, data) + (data.table.seeds > 1 ? `, seed ${seed}` : "");
    models.push({ ...{ method, activation, seed, title, digests, counts }, ...found });
  }
  let bytes = 0;
  const probed = models.some(({ slopes }) => slopes === "history");
  const carried = <T>(files: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(files).filter(([name]) => name !== PROBE || probed));
  if (models.length > 0) {
    const common = await encodeParts(SHARED, carried(shared.parts));
    let program: string;
    try {
      program = await makeProgram();
    } catch (error) {
      return { missing: `the program for that cannot be made (${messageOf(error)})` };
    }
    folder.write(PROGRAM, program);
    folder.write(SHARED, common);
    folder.close();
    bytes = program.length + common.length;
  }
  return {
    ...{ folder: basename(path), bytes, models },
    columns: data.table.columns.map((name) => ({ name, title: columnTitle(name, data) })),
    ...{ shared: carried(shared.digests), records: shared.records },
    left: leftRows(left, data, commands),
  };
}

/** A model's file, made or there already; or why there is none. */
async function placeModel(
  store: Store,
  source: ModelSource | undefined,
  { shared, folder }: { readonly shared: PackedShared; readonly folder: CheckFolder },
): Promise<KeptModel | { readonly reason: string }> {
  if (source === undefined) return { reason: "its files are not in this store" };
  const missing = shared.missing ?? source.missing;
  if (missing !== undefined) return { reason: missing };
  const images = { "shared/test.bin": shared.digests["test.bin"] };
  const file = folder.nameOf({ ...source.digests, ...images }), kept = folder.kept(file);
  if (kept !== undefined) {
    folder.keep(kept);
    return kept;
  }
  const packed = await packModel(store, source, shared);
  if ("missing" in packed) return { reason: packed.missing };
  const { parts, ...counted } = packed, work = counted.work * counted.passes;
  if (work > MOST_WORK) {
    return {
      reason: `it takes ${roundText(work)} multiply-adds, more than ${roundText(MOST_WORK)}`,
    };
  }
  const text = await encodeParts(file, parts);
  if (text.length > MOST_BYTES) {
    return {
      reason: `its file would have ${sizeText(text.length)}, more than ${sizeText(MOST_BYTES)}`,
    };
  }
  folder.write(file, text);
  const model = { file, bytes: text.length, ...counted };
  folder.keep(model);
  return model;
}

/** "5.6e+12" */
const roundText = (count: number) => Number(count.toPrecision(2)).toExponential();

/** The models that are left, by row and reason, with the command for their attacks. */
function leftRows(
  left: readonly { readonly one: Named; readonly reason: string }[],
  data: ReportData,
  commands: Commands,
): LeftRow[] {
  const groups = Map.groupBy(left, ({ one, reason }) => `${rowTitle(one.row, data)}\0${reason}`);
  return [...groups.values()].map((of) => ({
    title: rowTitle(of[0].one.row, data),
    reason: of[0].reason,
    command: commands(of.map(({ one: { row, seed } }) => cellOf("attack:*", row, seed))).join("\n"),
  }));
}
