/** Puts beside the page what it checks itself with: the program, and a file for each model. @module */
import { basename, dirname, join } from "node:path";
import { type Digest, digestOf } from "../../../pipeline/store/digest.ts";
import {
  readJson,
  removeIfPresent,
  statIfPresent,
  writeAtomic,
} from "../../../pipeline/store/files.ts";
import type { Manifest } from "../../../pipeline/store/manifest.ts";
import type { Store } from "../../../pipeline/store/store.ts";
import { sizeText } from "../../../pipeline/units.ts";
import type { Commands } from "../../trace/commands.ts";
import { cellOf, type ReportData } from "../data.ts";
import { columnTitle, rowTitle } from "../words.ts";
import { encodeParts, type Parts } from "./parts.ts";
import {
  type CheckPlan,
  type LeftRow,
  MOST_BYTES,
  MOST_WORK,
  type PlannedModel,
  PROGRAM,
  SHARED,
} from "./plan.ts";
import { checkProgram } from "./program.ts";
import { modelSource, packModel } from "./pack_model.ts";
import { packShared } from "./pack_shared.ts";

/** Enters what files are made from: those of another form are made anew. */
const FORM = 1;

/** What is remembered of a folder's files, by the digest of all that each was made from. */
type Index = Readonly<Record<string, Pick<PlannedModel, "work" | "passes" | "bytes" | "slopes">>>;

/** Where things are. */
export interface CheckSource {
  readonly store: Store;
  /** The profile's id. */
  readonly profile: string;
  readonly commands: Commands;
}

/** The plan, or why there is none: a clause. */
export type Check = CheckPlan | { readonly missing: string };

/**
 * Writes the folder of a page.
 *
 * @param page Where the page will be
 */
export async function writeCheck(
  { store, profile, commands }: CheckSource,
  data: ReportData,
  page: string,
): Promise<Check> {
  const aggregate = data.cells.find(({ cell }) => cell === "aggregate");
  if (aggregate === undefined) return { missing: "the record of the table is not in this store" };
  const folder = page.replace(/(\.html)?$/, "-check");
  const sources = data.table.rows.flatMap((row) =>
    row.values[data.table.columns[0]].seeds.map(({ seed }) => {
      const theory = store.latest(profile, cellOf("theory", row, seed));
      return { row, seed, source: modelSource(store, aggregate, { row, seed, theory, data }) };
    })
  );
  const there = sources.flatMap(({ row, seed, source }) => source ? [{ row, seed, source }] : []);
  if (there.length === 0) {
    return { missing: "the models and adversarial examples are not in this store" };
  }
  const shared = await packShared(store, aggregate, there.map(({ source }) => source));
  const left: (LeftRow & { cells: string[] })[] = [], models: PlannedModel[] = [];
  const leave = (row: typeof sources[number]["row"], seed: number, reason: string) => {
    const title = rowTitle(row, data), cell = cellOf("attack:*", row, seed);
    const same = left.find((one) => one.title === title && one.reason === reason);
    if (same) same.cells.push(cell);
    else left.push({ title, reason, command: "", cells: [cell] });
  };
  const before = readJson<Index>(join(folder, "index.json")) ?? {};
  const index: Record<string, Index[string]> = {}, names = new Set<string>();
  const write = (name: string, text: string) => {
    names.add(name);
    writeAtomic(join(folder, name), text);
  };
  for (const { row, seed, source } of sources) {
    const wrong = source === undefined
      ? "its files are not in this store"
      : shared.missing ?? source.missing;
    if (source === undefined || wrong !== undefined) {
      leave(row, seed, wrong!);
      continue;
    }
    const ingredients = digestOf(
      JSON.stringify([FORM, shared.digests["test.bin"], source.digests]),
    );
    const name = `model-${ingredients.slice(0, 12)}.js`;
    const kept = statIfPresent(join(folder, name))?.size === before[ingredients]?.bytes
      ? before[ingredients]
      : undefined;
    const packed = kept ?? await packModel(store, source, shared);
    if ("missing" in packed) {
      leave(row, seed, packed.missing);
      continue;
    }
    const { work, passes, slopes } = packed;
    if (work * passes > MOST_WORK) {
      leave(row, seed, tooLarge("multiply-adds", work * passes, MOST_WORK));
      continue;
    }
    let { bytes } = kept ?? { bytes: 0 };
    if ("parts" in packed) {
      const text = await encodeParts(name, packed.parts as Parts);
      if (text.length > MOST_BYTES) {
        leave(
          row,
          seed,
          `its file would have ${sizeText(text.length)}, more than ${sizeText(MOST_BYTES)}`,
        );
        continue;
      }
      bytes = text.length;
      write(name, text);
    }
    names.add(name);
    index[ingredients] = { bytes, work, passes, slopes };
    models.push({
      ...{ method: row.method, activation: row.activation, seed, file: name },
      ...{ bytes, work, passes, digests: source.digests, counts: source.counts },
      title: rowTitle(row, data) + (data.table.seeds > 1 ? `, seed ${seed}` : ""),
      ...slopes === undefined ? {} : { slopes },
    });
  }
  let bytes = 0;
  if (models.length > 0) {
    const program = await checkProgram();
    const common = await encodeParts(SHARED, shared.parts);
    write(PROGRAM, program);
    write(SHARED, common);
    write("index.json", JSON.stringify(index));
    bytes = program.length + common.length;
    for (const { name } of Deno.readDirSync(folder)) {
      if (/^model-[\da-f]{12}\.js$/.test(name) && !names.has(name)) {
        removeIfPresent(join(folder, name));
      }
    }
  }
  return {
    ...{ folder: basename(folder), bytes, models },
    columns: data.table.columns.map((name) => ({ name, title: columnTitle(name, data) })),
    shared: shared.digests,
    records: shared.records,
    left: left.map(({ cells, ...one }) => ({ ...one, command: commands(cells).join("\n") })),
  };
}

/** "5.6e+12 multiply-adds, more than 2e+10" */
const tooLarge = (what: string, count: number, most: number) =>
  `it takes ${
    Number(count.toPrecision(2)).toExponential()
  } ${what}, more than ${most.toExponential()}`;
