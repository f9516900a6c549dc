/** The process of the attack stage. @module */
import { join } from "node:path";
import {
  createVictim,
  type LabelledImages,
  pgd,
  planAttacks,
  runAttacks,
  type RunAttacksResult,
  type RunProgress,
} from "../../lib/attacks/mod.ts";
import { toImages, toPlanes } from "../../lib/data/images.ts";
import { decodeRecords, IMAGE_BYTES } from "../../lib/data/records.ts";
import { openEngine } from "../../lib/engines/mod.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { parseModelCard } from "../../lib/models/card.ts";
import { loadClassifier } from "../../lib/models/load.ts";
import { type Job, type Reporter, StageFailure, stageMain, type StageResult } from "../job.ts";
import { readWorkFile, writeWorkFile } from "../work_file.ts";
import { readSetting, type Setting } from "./parameters.ts";

/** Where the attacks are, in the work folder. */
const checkpointFile = "attacks";

/** The first test images. */
async function readImages(path: string, wanted: number | null): Promise<LabelledImages> {
  const { labels, pixels } = decodeRecords(await Deno.readFile(path), "test.bin");
  const count = wanted ?? labels.length;
  if (count > labels.length) {
    throw new StageFailure(
      `Cannot attack ${count} test images: there are ${labels.length}; lower attacks.images or raise data.test_images`,
    );
  }
  return {
    images: toImages(pixels.subarray(0, count * IMAGE_BYTES)),
    labels: labels.subarray(0, count),
  };
}

/** For example `apgd-t: 41 of 128 images robust, about 38 when it ends`. */
function describe({ attack, robust, count, estimate }: RunProgress): string {
  const expected = Math.round(estimate * count);
  return `${attack}: ${robust} of ${count} images robust` +
    (expected < robust ? `, about ${expected} when it ends` : "");
}

/** Milliseconds between two reports: a block takes only a few. */
const reportEvery = 100;

/** A reporter that leaves out progress that follows too closely, but for the end. */
function calm({ progress, log }: Reporter): Reporter {
  let next = 0;
  return {
    log,
    progress(done, total, label) {
      const now = performance.now();
      if (now < next && done < total) return;
      next = now + reportEvery;
      progress(done, total, label);
    },
  };
}

/** Runs the stage. */
export async function run(job: Job, report: Reporter): Promise<StageResult> {
  const setting = readSetting(job), { attack, epsilon } = setting;
  const data = await readImages(setting.test, setting.images);
  const card = parseModelCard(await Deno.readTextFile(setting.card));
  const classifier = loadClassifier(await Deno.readFile(setting.model), card);
  report.progress(0, 1, "opening the engine");
  using engine = await openEngine(job.engine);
  using victim = createVictim({ engine, classifier, batchSize: setting.batchSize });
  const seed = BigInt(job.seed), { progress } = calm(report), work = join(job.work, checkpointFile);
  let attacked: RunAttacksResult;
  try {
    attacked = await runAttacks(victim, {
      ...data,
      epsilon,
      attacks: attack.kind === "pgd"
        ? [pgd(attack.settings, epsilon, seed, attack.name)]
        : planAttacks(victim, attack.settings, epsilon, seed),
      // the work folder is the cell's own; another engine's roundings do not belong to this run
      identity: JSON.stringify([job.cell, job.parameters, job.seed, engine.description]),
      resume: await readWorkFile(work),
      onCheckpoint: (bytes) => writeWorkFile(work, bytes),
      onResume: ({ attack, robust }) =>
        report.log(`going on at ${attack}, ${robust} images robust before it`),
      onProgress: (state) => progress(state.overall, 1, describe(state)),
    });
  } catch (error) {
    if (error instanceof RangeError) throw new StageFailure(error.message, { cause: error });
    throw error;
  }
  await writeOutputs(job.output, setting, data, attacked);
  const { cleanAccuracy, robustAccuracy, attacks } = attacked, count = data.labels.length;
  return {
    metrics: {
      images: count,
      clean_accuracy: cleanAccuracy,
      robust_accuracy: robustAccuracy,
      ...Object.fromEntries(
        attacks.flatMap(({ name, robust_after, seconds }) => [
          [`robust_accuracy_after_${name}`, robust_after / count],
          [`seconds_${name}`, seconds],
        ]),
      ),
    },
    provenance: { ...engine.description },
  };
}

/** Writes what the cell leaves; no times, so that equal attacks have equal digests. */
async function writeOutputs(
  folder: string,
  { attack, epsilon }: Setting,
  { labels }: LabelledImages,
  { adversarial, clean, robust, brokenBy, attacks, cleanAccuracy, robustAccuracy }:
    RunAttacksResult,
): Promise<void> {
  const images = toPlanes(adversarial);
  await Deno.writeFile(
    join(folder, "adversarial.safetensors"),
    encodeSafetensors({
      images: { dtype: "F32", shape: [labels.length, 3, 32, 32], data: images },
      labels: { dtype: "I32", shape: [labels.length], data: Int32Array.from(labels) },
    }),
  );
  const verdicts = {
    attack: attack.name,
    epsilon,
    images: labels.length,
    clean_accuracy: cleanAccuracy,
    robust_accuracy: robustAccuracy,
    attacks: attacks.map(({ name, robust_before, robust_after }) => ({
      name,
      robust_before,
      robust_after,
    })),
    verdicts: clean.map((clean_correct, index) => ({
      index,
      label: labels[index],
      clean_correct,
      robust: robust[index],
      broken_by: brokenBy[index],
    })),
  };
  await Deno.writeTextFile(
    join(folder, "verdicts.json"),
    JSON.stringify(verdicts, null, 1) + "\n",
  );
}

if (import.meta.main) await stageMain(run);
