/**
 * The process of the fetch stage: training and test images from the program itself, a folder or the
 * official archive, written in one and the same layout.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename, join } from "node:path";
import { unpack } from "../../lib/data/archive.ts";
import { CIFAR10_ARCHIVE, CIFAR10_CLASSES, CIFAR10_CONTENT } from "../../lib/data/cifar10.ts";
import { download } from "../../lib/data/download.ts";
import { decodeRecords, encodeRecords, RECORD_BYTES } from "../../lib/data/records.ts";
import {
  DIFFICULTY,
  type Difficulty,
  SYNTHETIC_CLASSES,
  syntheticRecords,
} from "../../lib/data/synthetic.ts";
import { type Job, type Reporter, StageFailure, stageMain, type StageResult } from "../job.ts";
import { findBatches } from "./folder.ts";
import { type DataSource, EXTERNAL_DATA } from "./mod.ts";

/** The profile's `data`. */
interface DataParameters {
  readonly source: DataSource;
  readonly name: string;
  /** How many to take from the start; `null` takes all. */
  readonly train_images: number | null;
  readonly test_images: number | null;
  readonly difficulty?: Partial<Difficulty>;
}

type Split = "train" | "test";
/** Records of each split, one after another. */
type Splits = Readonly<Record<Split, Uint8Array<ArrayBuffer>>>;

/** Runs the stage. */
export async function run(job: Job, report: Reporter): Promise<StageResult> {
  const data = job.parameters.data as unknown as DataParameters;
  let splits: Splits;
  try {
    splits = await load(data, job, report);
  } catch (error) {
    if (error instanceof StageFailure) throw error;
    throw new StageFailure((error as Error).message, { cause: error });
  }
  const count = (split: Split) => splits[split].length / RECORD_BYTES;
  const sha256 = (split: Split) => createHash("sha256").update(splits[split]).digest("hex");
  const dataset = {
    name: data.name,
    source: data.source,
    train: count("train"),
    test: count("test"),
    classes: data.source === "synthetic" ? SYNTHETIC_CLASSES : CIFAR10_CLASSES,
    sha256: { train: sha256("train"), test: sha256("test") },
  };
  await Deno.writeFile(join(job.output, "train.bin"), splits.train);
  await Deno.writeFile(join(job.output, "test.bin"), splits.test);
  await Deno.writeTextFile(
    join(job.output, "dataset.json"),
    JSON.stringify(dataset, null, 2) + "\n",
  );
  return { metrics: { train_images: dataset.train, test_images: dataset.test } };
}

async function load(data: DataParameters, job: Job, report: Reporter): Promise<Splits> {
  switch (data.source) {
    case "synthetic":
      return synthetic(data, BigInt(job.seed));
    case "folder":
      return await takeFrom(job.inputs[EXTERNAL_DATA] ?? {}, data);
    case "archive":
      return await takeFrom(await archive(job.work, report), data);
    default:
      throw new StageFailure(
        `Cannot fetch the data: data.source is "${data.source}", expected "synthetic", "folder" ` +
          'or "archive"',
      );
  }
}

function synthetic(data: DataParameters, seed: bigint): Splits {
  const difficulty = { ...DIFFICULTY, ...data.difficulty };
  const make = (split: Split): Uint8Array<ArrayBuffer> => {
    const count = data[`${split}_images`];
    if (count === null) {
      throw new StageFailure(
        `Cannot make synthetic images: data.${split}_images is null, expected a number`,
      );
    }
    return encodeRecords(syntheticRecords(seed, split, count, difficulty));
  };
  return { train: make("train"), test: make("test") };
}

async function takeFrom(
  files: Readonly<Record<string, string>>,
  data: DataParameters,
): Promise<Splits> {
  const { train, test } = findBatches(files);
  const names = new Map(Object.entries(files).map(([name, path]) => [path, name]));
  return {
    train: await take(train, data.train_images, names, "train"),
    test: await take(test, data.test_images, names, "test"),
  };
}

/** The first `count` records of files, all of which must be sound. */
async function take(
  paths: readonly string[],
  count: number | null,
  names: ReadonlyMap<string, string>,
  split: Split,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const path of paths) {
    const bytes = await Deno.readFile(path);
    decodeRecords(bytes, names.get(path) ?? basename(path));
    parts.push(bytes);
  }
  const all = new Uint8Array(await new Blob(parts).arrayBuffer());
  const found = all.length / RECORD_BYTES;
  if (count !== null && count > found) {
    throw new StageFailure(
      `Cannot take ${count} ${split} images: only ${found} were found in ${
        paths.map((path) => `"${names.get(path)}"`).join(", ")
      }; give more data with "--data DIR" or ask for fewer with ` +
        `"--set data.${split}_images=${found}"`,
    );
  }
  return count === null ? all : all.slice(0, count * RECORD_BYTES);
}

/** Downloads and unpacks the official archive below `work`, where an interrupted download waits. */
async function archive(work: string, report: Reporter): Promise<Record<string, string>> {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  let shown = 0;
  const file = await download(CIFAR10_ARCHIVE, work, {
    onRetry: (problem) => report.log(`the download was interrupted, trying again: ${problem}`),
    onProgress: (bytes, total) => {
      if (bytes - shown < 1e6 && bytes !== total) return;
      shown = bytes;
      const label = `downloading ${megabytes(bytes)} of ${total ? megabytes(total) : "?"} MB`;
      report.progress(bytes, total ?? bytes, label);
    },
  });
  const folder = join(work, "unpacked");
  // Left by a process that died while it unpacked.
  await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
  try {
    return await unpack(file, CIFAR10_CONTENT, folder);
  } finally {
    await Deno.remove(file);
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

if (import.meta.main) await stageMain(run);
