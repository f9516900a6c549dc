/** The process of the attack stage. @module */
import { join } from "node:path";
import {
  type Attack,
  calibrateSearch,
  checkVerdicts,
  checkVictim,
  createVictim,
  type Finding,
  pgd,
  planAttacks,
  poolVictims,
  runAttacks,
  type RunAttacksResult,
  type Victim,
} from "../../lib/attacks/mod.ts";
import { toPlanes } from "../../lib/data/images.ts";
import { openEngines, type Precision } from "../../lib/engines/mod.ts";
import { OutOfMemoryError } from "../../lib/pjrt/out_of_memory.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { parseModelCard } from "../../lib/models/card.ts";
import { loadClassifier } from "../../lib/models/load.ts";
import {
  asFailure,
  type Job,
  type Reporter,
  StageFailure,
  stageMain,
  type StageResult,
} from "../job.ts";
import { memoryOf, withSignsOfLife } from "../signs_of_life.ts";
import { type Origin, originOf, readWorkFile, writeWorkFile } from "../work_file.ts";
import { createDescription } from "./describe.ts";
import { type NumberedImages, readImages, triedImages } from "./images.ts";
import { readSetting, type Setting } from "./parameters.ts";

/** What an evaluation is told by, besides the counts. */
interface Evaluated extends RunAttacksResult {
  readonly findings: readonly Finding[];
}

/** Milliseconds between two checkpoints: more is not lost when the process is killed. */
const CHECKPOINT_MS = 10_000;

/** Milliseconds between two reports: a block takes only a few. */
const REPORT_MS = 100;

function plan(setting: Setting, victim: Victim, seed: bigint): Attack[] {
  return setting.attacks.flatMap((chosen) =>
    chosen.kind === "pgd"
      ? [pgd(chosen.settings, setting.epsilon, seed, chosen.name)]
      : planAttacks(victim, chosen.settings, setting.epsilon, seed)
  );
}

/** Checks the model, runs all attacks from where an earlier process ended, and checks the verdicts. */
async function evaluate(
  victim: Victim,
  fast: Victim | undefined,
  all: NumberedImages,
  setting: Setting,
  job: Job,
  origin: Origin,
  report: Reporter,
): Promise<Evaluated> {
  const data = triedImages(all, job);
  const attacks = plan(setting, victim, BigInt(job.seed));
  report.progress(0, 1, "checking the model");
  const found = await checkVictim(victim, data, { attacks: attacks.map(({ name }) => name) });
  const calibrated = fast && await calibrateSearch(fast, victim, all);
  const unfit = calibrated?.findings ?? [], before = [...found, ...unfit];
  const path = join(job.work, "attacks"), describe = createDescription();
  let attack = "", next = 0;
  const result = await runAttacks(victim, {
    ...data,
    epsilon: setting.epsilon,
    attacks,
    search: unfit.length === 0 ? calibrated?.search : undefined,
    resume: await readWorkFile(path, origin, report.log),
    checkpointEvery: CHECKPOINT_MS,
    onCheckpoint: (bytes) => writeWorkFile(path, bytes, origin),
    onRestart: (why) => report.log(`starting again, not from the checkpoint: ${why}`),
    onResume: ({ attack, robust }) =>
      report.log(`going on with ${attack}, ${robust} images robust before it`),
    onProgress(state) {
      const label = describe(state), now = performance.now();
      if (now < next && state.attack === attack && state.overall < 1) return;
      attack = state.attack;
      next = now + REPORT_MS;
      report.progress(state.overall, 1, label);
    },
  });
  return { ...result, findings: [...before, ...checkVerdicts(result, { before })] };
}

/** Runs the stage. */
export async function run(job: Job, reporter: Reporter): Promise<StageResult> {
  const { options, report } = withSignsOfLife(job, reporter);
  const setting = readSetting(job);
  const all = await readImages(setting.test, setting.offset, setting.images);
  const data = triedImages(all, job);
  const card = parseModelCard(await Deno.readTextFile(setting.card));
  const classifier = loadClassifier(await Deno.readFile(setting.model), card);
  report.progress(0, 1, "opening the engine");
  using engines = new DisposableStack();
  const opened = await openEngines(options).catch((error) => {
    throw asFailure(error);
  });
  for (const engine of opened) engines.use(engine);
  report.loaded();
  const [engine] = opened, { searchPrecision } = setting;
  // a block of more rows than there are images computes the rest for nothing
  const batchSize = Math.min(setting.batchSize, data.labels.length);
  const onOutOfMemory = (size: number, half: number) =>
    report.log(`the engine's memory does not hold ${size} images: going on with ${half} at a time`);
  const load = (precision: Precision) =>
    poolVictims(
      opened.map((engine) =>
        createVictim({ engine, classifier, batchSize, precision, onOutOfMemory })
      ),
    );
  using victim = load("f32");
  using fast = searchPrecision === "f32" ? undefined : load(searchPrecision);
  let evaluated: Evaluated;
  try {
    evaluated = await evaluate(victim, fast, all, setting, job, originOf(job, engine), report);
  } catch (error) {
    if (error instanceof OutOfMemoryError) throw new StageFailure(error.message, { cause: error });
    throw asFailure(error);
  }
  await writeOutputs(job.output, setting, data, evaluated);
  const { cleanAccuracy, robustAccuracy, attacks, findings, zeroGradients } = evaluated;
  const count = data.labels.length;
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
      findings: findings.length,
      zero_gradients: zeroGradients,
    },
    provenance: { ...engine.description, ...memoryOf(engine) },
  };
}

/** Writes what the cell leaves; no times, so that equal attacks have equal digests. */
async function writeOutputs(
  folder: string,
  { name, epsilon, offset }: Setting,
  { labels, indices }: NumberedImages,
  evaluated: Evaluated,
): Promise<void> {
  const { adversarial, clean, robust, brokenBy, margins, attacks, findings } = evaluated;
  const images = toPlanes(adversarial);
  await Deno.writeFile(
    join(folder, "adversarial.safetensors"),
    encodeSafetensors({
      images: { dtype: "F32", shape: [labels.length, 3, 32, 32], data: images },
      labels: {
        dtype: "I32",
        shape: [labels.length],
        data: Int32Array.from(labels as ArrayLike<number>),
      },
    }),
  );
  const verdicts = {
    attack: name,
    epsilon,
    offset,
    images: labels.length,
    clean_accuracy: evaluated.cleanAccuracy,
    robust_accuracy: evaluated.robustAccuracy,
    attacks: attacks.map(({ name, robust_before, robust_after }) => ({
      name,
      robust_before,
      robust_after,
    })),
    findings,
    verdicts: clean.map((clean_correct, i) => ({
      index: indices[i],
      label: labels[i],
      clean_correct,
      robust: robust[i],
      broken_by: brokenBy[i],
      margin: margins[i],
    })),
  };
  await Deno.writeTextFile(
    join(folder, "verdicts.json"),
    JSON.stringify(verdicts, null, 1) + "\n",
  );
}

if (import.meta.main) await stageMain(run);
