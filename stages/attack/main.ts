/** The process of the attack stage. @module */
import {
  createVictim,
  lossesOf,
  planAttacks,
  type PlannedAttack,
  poolVictims,
} from "../../lib/attacks/mod.ts";
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { openEngines, type Precision } from "../../lib/engines/mod.ts";
import { parseModelCard } from "../../lib/models/card_fields.ts";
import { loadClassifier } from "../../lib/models/load.ts";
import { networkOf } from "../../lib/models/network.ts";
import { OutOfMemoryError } from "../../lib/pjrt/out_of_memory.ts";
import { dataCell, readData } from "../data.ts";
import {
  asFailure,
  type Job,
  type Reporter,
  StageFailure,
  stageMain,
  type StageResult,
} from "../job.ts";
import { loadAttackRules, loadModelRules } from "../rules.ts";
import { memoryOf, withSignsOfLife } from "../signs_of_life.ts";
import { originOf } from "../work_file.ts";
import { evaluate, type Evaluated } from "./evaluate.ts";
import { readImages, triedImages } from "./images.ts";
import { writeOutputs } from "./outputs.ts";
import { readSetting } from "./parameters.ts";

/** Runs the stage. */
export async function run(job: Job, reporter: Reporter): Promise<StageResult> {
  const { options, report } = withSignsOfLife(job, reporter);
  const setting = readSetting(job), { epsilon, searchPrecision } = setting;
  const attackRules = await loadAttackRules(job), modelRules = await loadModelRules(job);
  // images from elsewhere are in the layout of CIFAR-10
  const task = dataCell(job.inputs) === undefined ? CIFAR10_TASK : (await readData(job)).task;
  let planned: PlannedAttack[];
  try {
    planned = planAttacks(attackRules, setting.attacks, {
      ...task,
      epsilon,
      seed: BigInt(job.seed),
    });
  } catch (error) {
    throw asFailure(error);
  }
  const all = await readImages(setting, task), data = triedImages(all, job);
  const card = parseModelCard(await Deno.readTextFile(setting.card), modelRules);
  const network = networkOf(card, modelRules, task);
  const classifier = loadClassifier(await Deno.readFile(setting.model), network);
  report.progress(0, 1, "opening the engine");
  using engines = new DisposableStack();
  const opened = await openEngines(options).catch((error) => {
    throw asFailure(error);
  });
  for (const engine of opened) engines.use(engine);
  report.loaded();
  const [engine] = opened, losses = lossesOf(planned.map(({ rule }) => rule));
  // A block of more rows than there are images computes the rest for nothing; a trial has the blocks
  // of the whole cell, since the last bits of a sum depend on their size.
  const batchSize = Math.min(setting.batchSize, all.labels.length);
  const onOutOfMemory = (size: number, half: number) =>
    report.log(`the engine's memory does not hold ${size} images: going on with ${half} at a time`);
  const load = (precision: Precision) =>
    poolVictims(
      opened.map((engine) =>
        createVictim({ engine, classifier, batchSize, precision, losses, onOutOfMemory })
      ),
    );
  using victim = load("f32");
  using fast = searchPrecision === "f32" ? undefined : load(searchPrecision);
  const { work } = job, origin = originOf(job, engine);
  let evaluated: Evaluated;
  try {
    evaluated = await evaluate({ victim, fast, all, data, epsilon, planned, work, origin, report });
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

if (import.meta.main) await stageMain(run);
