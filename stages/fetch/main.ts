/**
 * The process of the fetch stage: training and test images from the program itself, a folder or the
 * official archive, written in one and the same layout.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { type ArchiveContent, unpack } from "../../lib/data/archive.ts";
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { nameInjected } from "../../lib/data/data_name.ts";
import { download, type PinnedFile } from "../../lib/data/download.ts";
import { injectFeatures } from "../../lib/data/injected.ts";
import { imageBytes } from "../../lib/data/records.ts";
import { type DataProfile, dataSchema, type DataSet, type Split } from "../../lib/data/set.ts";
import { object, tagged } from "../../lib/schema.ts";
import { asFailure, type Job, type Reporter, stageMain, type StageResult } from "../job.ts";
import { readParameters } from "../parameters.ts";
import { loadRules } from "../rules.ts";
import { EXTERNAL_DATA } from "./input.ts";

/** Runs the stage. */
export async function run(job: Job, report: Reporter): Promise<StageResult> {
  const [set] = Object.values(await loadRules<DataSet>(job, "data"));
  const schemas = Object.keys(set.sources).map((source) => [source, dataSchema(set, source)]);
  const data = tagged<"source", DataProfile>("source", Object.fromEntries(schemas));
  const { data: parameters } = readParameters(job, object({ data }));
  const loaded = await set.sources[parameters.source].load({
    parameters,
    seed: BigInt(job.seed),
    files: job.inputs[EXTERNAL_DATA] ?? {},
    unpack: (file, content) => unpackArchive(file, content, job.work, report),
  }).catch((error) => {
    throw asFailure(error);
  });
  const { classes, remark } = loaded, { image } = set, { injected_features } = parameters;
  const name = nameInjected(loaded.name, injected_features);
  if (injected_features !== undefined) {
    for (const split of ["train", "test"] as const) {
      injectFeatures(loaded[split], image, injected_features);
    }
  }
  if (remark !== undefined) report.log(`${remark}: that is what all results say`);
  const count = (split: Split) => loaded[split].length / (1 + imageBytes(image));
  const sha256 = (split: Split) => createHash("sha256").update(loaded[split]).digest("hex");
  const dataset = {
    name,
    ...remark === undefined ? {} : { remark },
    source: parameters.source,
    train: count("train"),
    test: count("test"),
    // left out where it is CIFAR-10's, so that the digests of all that was made from those stay
    ...String(image) === String(CIFAR10_TASK.image) ? {} : { image },
    classes,
    sha256: { train: sha256("train"), test: sha256("test") },
  };
  await Deno.writeFile(join(job.output, "train.bin"), loaded.train);
  await Deno.writeFile(join(job.output, "test.bin"), loaded.test);
  await Deno.writeTextFile(
    join(job.output, "dataset.json"),
    JSON.stringify(dataset, null, 2) + "\n",
  );
  return {
    metrics: { train_images: dataset.train, test_images: dataset.test },
    provenance: { data: name },
  };
}

/** Downloads and unpacks an archive below `work`, where an interrupted download waits. */
async function unpackArchive(
  archive: PinnedFile,
  content: ArchiveContent,
  work: string,
  report: Reporter,
): Promise<Record<string, string>> {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);
  let shown = 0;
  const file = await download(archive, work, {
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
    return await unpack(file, content, folder);
  } finally {
    await Deno.remove(file);
  }
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

if (import.meta.main) await stageMain(run);
