/** The process of the attack stage. @module */
import { join } from "node:path";
import {
  type AttackProgress,
  type AttackRecord,
  type AttackResult,
  autoAttack,
  createVictim,
  type LabelledImages,
  runPgd,
  type Victim,
} from "../../lib/attacks/mod.ts";
import { toImages, toPlanes } from "../../lib/data/images.ts";
import { decodeRecords, IMAGE_BYTES } from "../../lib/data/records.ts";
import { openEngine } from "../../lib/engines/mod.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { parseModelCard } from "../../lib/models/card.ts";
import { loadClassifier } from "../../lib/models/load.ts";
import { type Job, type Reporter, StageFailure, stageMain, type StageResult } from "../job.ts";
import { type Chosen, readSetting, type Setting } from "./parameters.ts";
import { loadState, saveState } from "./state.ts";

/** What both attacks leave for the outputs. */
type Attacked = AttackResult & {
  readonly attacks: readonly AttackRecord[];
  readonly brokenBy: readonly (string | null)[];
};

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

function describe({ attack, robust }: Parameters<AttackProgress>[0], count: number): string {
  return `${attack}: ${robust} of ${count} images robust`;
}

async function attackPgd(
  victim: Victim,
  data: LabelledImages,
  { name, settings }: Chosen & { kind: "pgd" },
  epsilon: number,
  seed: bigint,
  report: Reporter,
): Promise<Attacked> {
  const started = performance.now(), count = data.labels.length;
  const result = await runPgd(victim, {
    ...data,
    epsilon,
    settings,
    seed,
    onProgress: (state) => report.progress(state.done, state.total, describe(state, count)),
  });
  const { clean, robust } = result;
  const before = clean.filter(Boolean).length, after = robust.filter(Boolean).length;
  return {
    ...result,
    attacks: [{
      name,
      robust_before: before,
      robust_after: after,
      seconds: (performance.now() - started) / 1000,
    }],
    brokenBy: clean.map((correct, i) => correct && !robust[i] ? name : null),
  };
}

async function attackAuto(
  victim: Victim,
  data: LabelledImages,
  { settings }: Chosen & { kind: "autoattack" },
  epsilon: number,
  job: Job,
  report: Reporter,
): Promise<Attacked> {
  const state = await loadState(job.work), count = data.labels.length;
  if (state) report.log(`going on after ${state.attacks.at(-1)?.name}`);
  return await autoAttack(victim, {
    ...data,
    epsilon,
    settings,
    seed: BigInt(job.seed),
    state,
    onState: (state) => saveState(job.work, state),
    onProgress: (overall, state) => report.progress(overall, 1, describe(state, count)),
  });
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
  let attacked: Attacked;
  try {
    attacked = attack.kind === "pgd"
      ? await attackPgd(victim, data, attack, epsilon, BigInt(job.seed), calm(report))
      : await attackAuto(victim, data, attack, epsilon, job, calm(report));
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
  { adversarial, clean, robust, brokenBy, attacks, cleanAccuracy, robustAccuracy }: Attacked,
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
