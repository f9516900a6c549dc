/**
 * The process of the fetch stage: training and test images from the program itself, a folder or the
 * official archive, written in one and the same layout.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { unpack } from "../../lib/data/archive.ts";
import { CIFAR10_ARCHIVE, CIFAR10_CLASSES, CIFAR10_CONTENT } from "../../lib/data/cifar10.ts";
import { download } from "../../lib/data/download.ts";
import { sortBatches } from "../../lib/data/batches.ts";
import { nameData, nameSynthetic } from "../../lib/data/data_name.ts";
import { recognise, type Split } from "../../lib/data/known_sets.ts";
import { decodeRecords, encodeRecords, RECORD_BYTES } from "../../lib/data/records.ts";
import {
  DIFFICULTY,
  type Difficulty,
  SYNTHETIC_CLASSES,
  syntheticRecords,
} from "../../lib/data/synthetic.ts";
import {
  asFailure,
  type Job,
  type Reporter,
  StageFailure,
  stageMain,
  type StageResult,
} from "../job.ts";
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

/** Images and what they are called. */
interface Loaded {
  /** Records of each split, one after another. */
  readonly splits: Readonly<Record<Split, Uint8Array<ArrayBuffer>>>;
  readonly name: string;
  /** Names by label. */
  readonly classes: readonly string[];
  /** Where the profile calls them otherwise. */
  readonly remark?: string;
}

/** Runs the stage. */
export async function run(job: Job, report: Reporter): Promise<StageResult> {
  const data = job.parameters.data as unknown as DataParameters;
  let loaded: Loaded;
  try {
    loaded = await load(data, job, report);
  } catch (error) {
    throw asFailure(error);
  }
  const { splits, name, classes, remark } = loaded;
  if (remark !== undefined) report.log(`${remark}: that is what all results say`);
  const count = (split: Split) => splits[split].length / RECORD_BYTES;
  const sha256 = (split: Split) => createHash("sha256").update(splits[split]).digest("hex");
  const dataset = {
    name,
    ...remark === undefined ? {} : { remark },
    source: data.source,
    train: count("train"),
    test: count("test"),
    classes,
    sha256: { train: sha256("train"), test: sha256("test") },
  };
  await Deno.writeFile(join(job.output, "train.bin"), splits.train);
  await Deno.writeFile(join(job.output, "test.bin"), splits.test);
  await Deno.writeTextFile(
    join(job.output, "dataset.json"),
    JSON.stringify(dataset, null, 2) + "\n",
  );
  return {
    metrics: { train_images: dataset.train, test_images: dataset.test },
    provenance: { data: name },
  };
}

async function load(data: DataParameters, job: Job, report: Reporter): Promise<Loaded> {
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

function synthetic(data: DataParameters, seed: bigint): Loaded {
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
  return {
    splits: { train: make("train"), test: make("test") },
    name: nameSynthetic(data.name, data.difficulty),
    classes: SYNTHETIC_CLASSES,
  };
}

async function takeFrom(
  files: Readonly<Record<string, string>>,
  data: DataParameters,
): Promise<Loaded> {
  const batches = sortBatches(Object.keys(files));
  const train = await readRecords(batches.train, files);
  const test = await readRecords([batches.test], files);
  const found = { train: recognise("train", train), test: recognise("test", test) };
  const known = found.train.set !== undefined && found.test.set !== undefined;
  return {
    splits: {
      train: take(train, data.train_images, batches.train, "train"),
      test: take(test, data.test_images, [batches.test], "test"),
    },
    // The labels of a set of one's own may stand for anything.
    classes: known ? CIFAR10_CLASSES : CIFAR10_CLASSES.map((_, label) => `class ${label}`),
    // What images are called depends on all that there are, not on how many are taken.
    ...nameData(data.name, found, {
      train: data.train_images ?? train.length / RECORD_BYTES,
      of: train.length / RECORD_BYTES,
    }),
  };
}

/** The records of files, one after another; all of them must be sound. */
async function readRecords(
  names: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const name of names) {
    const bytes = await Deno.readFile(files[name]);
    decodeRecords(bytes, name);
    parts.push(bytes);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

/** The first `count` records. */
function take(
  all: Uint8Array<ArrayBuffer>,
  count: number | null,
  names: readonly string[],
  split: Split,
): Uint8Array<ArrayBuffer> {
  const found = all.length / RECORD_BYTES;
  if (count !== null && count > found) {
    throw new StageFailure(
      `Cannot take ${count} ${split} images: only ${found} were found in ${
        names.map((name) => `"${name}"`).join(", ")
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
