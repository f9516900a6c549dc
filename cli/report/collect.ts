/** Reads from the store what the page shows. @module */
import type { Activation } from "../../lib/models/activation.ts";
import { type Architecture, DEFAULT_ARCHITECTURE } from "../../lib/models/architecture.ts";
import {
  readDataset,
  type ReportRules,
  type Table1,
  type VariantNames,
  withVariants,
} from "../../lib/report/mod.ts";
import type { VerdictsFile } from "../../lib/report/verdicts_file.ts";
import { loadAttackRules } from "../../lib/rules/attacks.ts";
import { loadRules } from "../../lib/rules/mod.ts";
import type { Method } from "../../lib/training/method.ts";
import { lineageOf, openRuns } from "../../pipeline/answers/lineage.ts";
import type { Assessment } from "../../pipeline/freshness/assess.ts";
import type { Digest } from "../../pipeline/store/digest.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { readObject } from "../common/read_object.ts";
import type { Commands } from "../trace/commands.ts";
import { trace } from "../trace/origin.ts";
import { tableNumbers } from "../trace/table_numbers.ts";
import {
  cellOf,
  type EpochRecord,
  type ExampleRow,
  type ReportData,
  type ResultFile,
} from "./data.ts";
import { readMeasured } from "./measured.ts";
import { chosenImages, drawExamples, type PartFile } from "./examples.ts";

/** Where the results are. */
export interface Results {
  readonly store: Store;
  /** The profile's id. */
  readonly profile: string;
  readonly commands: Commands;
  /** What is known of the cells now; nothing where only results are looked at. */
  readonly assessed?: ReadonlyMap<string, Assessment>;
}

/** Reads everything; undefined if the profile has no table. */
export async function collect(results: Results): Promise<ReportData | undefined> {
  const { store, profile } = results, aggregate = latest(results, "aggregate");
  const file = aggregate?.outputs["table1.json"];
  const text = file && await readObject(store, file.digest);
  if (aggregate === undefined || text === undefined) return undefined;
  const table = completed(JSON.parse(text)), plot = latest(results, "plot");
  const find = openRuns(store, profile), traces = [];
  for (const number of tableNumbers(table)) {
    if (number.name.includes("@")) continue; // the mean's origin has every seed's
    const { commands, assessed = new Map() } = results;
    traces.push(await trace(number, aggregate, { profile, store, assessed, commands, find }));
  }
  const own = plot?.inputs.aggregate?.["table1.json"] === file!.digest ? [plot] : [];
  const files = [];
  for (const { outputs } of [aggregate, ...own]) files.push(...await readFiles(store, outputs));
  const json = async <T>(stage: string, name: string): Promise<Record<string, T>> => {
    const found: Record<string, T> = {};
    for (const [cell, outputs] of Object.entries(aggregate.inputs)) {
      if (!cell.startsWith(`${stage}:`) || outputs[name] === undefined) continue;
      const text = await readObject(store, outputs[name]);
      if (text !== undefined) found[cell] = JSON.parse(text);
    }
    return found;
  };
  const histories = await json<{ epochs: EpochRecord[] }>("train", "history.json");
  const verdicts = await json<VerdictsFile>("attack", "verdicts.json");
  const { verdict } = Object.fromEntries(
    files.flatMap(({ name, text }) =>
      name === "verdict.json" ? [["verdict", JSON.parse(text!)]] : []
    ),
  );
  const cells = [...own, ...lineageOf(aggregate, find).manifests];
  const rules = await reportRules(aggregate, cells);
  return {
    ...{ table, verdict, rules, traces, cells, verdicts, files },
    histories: Object.fromEntries(
      Object.entries(histories).map(([cell, { epochs }]) => [cell, epochs]),
    ),
    measured: await readMeasured(store, aggregate, (cell) => latest(results, cell), find),
    ...await pictures(store, { table, verdicts, aggregate, rules }),
  };
}

/** A table with what tables of earlier code lack. */
function completed(table: Table1): Table1 {
  const rows = table.rows.map((row) => ({
    ...row,
    collapses: row.collapses ?? [],
    values: Object.fromEntries(
      Object.entries(row.values).map(([column, value]) => [
        column,
        { ...value, seed_interval: value.seed_interval ?? null },
      ]),
    ),
  }));
  return { ...table, checkpoint: table.checkpoint ?? "last", rows };
}

/** The run of a cell that the results are from. */
function latest({ store, profile, assessed }: Results, cell: string): Manifest | undefined {
  return assessed?.get(cell)?.manifest ?? store.latest(profile, cell);
}

async function readFiles(store: Store, outputs: Manifest["outputs"]): Promise<ResultFile[]> {
  return await Promise.all(
    Object.entries(outputs).map(async ([name, { digest, size }]) => ({
      ...{ name, digest, size },
      ...name.endsWith(".png") ? {} : { text: await readObject(store, digest) },
    })),
  );
}

/** The rules that rows and columns name, with the titles of variants. */
async function reportRules(
  { parameters }: Manifest,
  cells: readonly Manifest[],
): Promise<ReportRules> {
  const [method, activation, architectures, attack] = await Promise.all([
    loadRules<Method>("method"),
    loadRules<Activation>("activation"),
    loadRules<Architecture>("architecture"),
    loadAttackRules(),
  ]);
  const models = cells.filter(({ stage }) => stage === "train")
    .map(({ parameters: { model } }) => (model as { architecture?: string }).architecture);
  const architecture = Object.fromEntries(
    [...new Set(models)].flatMap((name = DEFAULT_ARCHITECTURE) =>
      architectures[name] ? [[name, architectures[name]]] : []
    ),
  );
  const rules: ReportRules = { method, activation, architecture, attack };
  return withVariants(rules, parameters.variants as VariantNames | undefined);
}

/** Draws the examples of each row's first seed, where the last attack's examples are in the store. */
async function pictures(
  store: Store,
  { table, verdicts, aggregate, rules }: {
    table: Table1;
    verdicts: Readonly<Record<string, VerdictsFile>>;
    aggregate: Manifest;
    rules: ReportRules;
  },
): Promise<Pick<ReportData, "examples" | "image">> {
  const column = table.columns[table.columns.length - 1];
  const [, data] = Object.entries(aggregate.inputs).find(([, outputs]) => outputs["test.bin"]) ??
    [];
  const text = data && await readObject(store, data["dataset.json"]);
  const images = data && openParts(store, data["test.bin"]);
  if (text === undefined || images === undefined) return { examples: [], image: [32, 32] };
  const { image } = readDataset("dataset.json", text);
  const { classes } = JSON.parse(text) as { classes: string[] };
  const rows = table.rows.flatMap((row) => {
    const cell = cellOf(`attack:${column}`, row, row.values[column].seeds[0].seed);
    const digest = aggregate.inputs[cell]?.["adversarial.safetensors"];
    const file = digest && openParts(store, digest);
    return file && verdicts[cell] ? [{ row, cell, file }] : [];
  });
  const positions = chosenImages(rows.map(({ cell }) => verdicts[cell]));
  const examples = rows.map(({ row, cell, file }): ExampleRow => ({
    cell,
    title: `${rules.method[row.method]?.title ?? row.method} ${
      rules.activation[row.activation]?.title ?? row.activation
    }`,
    examples: drawExamples(verdicts[cell], positions, images, file, image, classes),
  }));
  return { examples, image: [image[0], image[1]] };
}

/** An object of which parts are read, unhashed: pictures show it, nothing is counted in it. */
function openParts(store: Store, digest: Digest): PartFile | undefined {
  const path = store.object(digest);
  try {
    return {
      size: Deno.statSync(path).size,
      read(begin, end) {
        using file = Deno.openSync(path);
        file.seekSync(begin, Deno.SeekMode.Start);
        const bytes = new Uint8Array(end - begin);
        for (let at = 0; at < bytes.length;) {
          const count = file.readSync(bytes.subarray(at));
          if (count === null) throw new Error(`Cannot read "${path}": it ends too early`);
          at += count;
        }
        return bytes;
      },
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
