/** The trained model among a job's inputs, ready to be asked. @module */
import { poolVictims } from "../lib/attacks/blocks/pool.ts";
import type { Losses } from "../lib/attacks/loss.ts";
import { createVictim } from "../lib/attacks/victim/create_victim.ts";
import type { Victim } from "../lib/attacks/victim/victim.ts";
import { type Engine, openEngines } from "../lib/engines/mod.ts";
import type { ModelRules } from "../lib/models/card.ts";
import { parseModelCard } from "../lib/models/card_fields.ts";
import type { Classifier } from "../lib/models/classifier.ts";
import { loadClassifier } from "../lib/models/load.ts";
import { networkOf } from "../lib/models/network.ts";
import { OutOfMemoryError } from "../lib/pjrt/out_of_memory.ts";
import type { Task } from "../lib/task.ts";
import { asFailure, type Job, type Reporter, StageFailure, type StageResult } from "./job.ts";
import { memoryOf, withSignsOfLife } from "./signs_of_life.ts";

/**
 * Loads the model of a job.
 *
 * @throws {StageFailure} If no training is among the inputs
 */
export async function readModel(
  { cell, inputs }: Pick<Job, "cell" | "inputs">,
  rules: ModelRules,
  task: Task,
): Promise<Classifier> {
  const ids = Object.keys(inputs), model = ids.find((id) => id.startsWith("train:"));
  if (model === undefined) {
    throw new StageFailure(
      `Cannot run ${cell}: its inputs are ${ids.join(", ") || "none"}, expected a model (train:…)`,
    );
  }
  const files = inputs[model];
  const card = parseModelCard(await Deno.readTextFile(files["card.json"]), rules);
  const network = networkOf(card, rules, task);
  return loadClassifier(await Deno.readFile(files["model.safetensors"]), network);
}

/** What a model is asked in, and who is told. */
export interface Asked {
  readonly victim: Victim;
  readonly report: Reporter;
  /** The first of the engines, by which work is told apart. */
  readonly engine: Engine;
}

/**
 * Puts a model into the job's engines and hands it to a stage's work.
 *
 * @param work Returns the metrics
 * @throws {StageFailure} If the engine or its memory is not there
 */
export async function askModel(
  job: Job,
  reporter: Reporter,
  { classifier, batchSize, losses }: {
    readonly classifier: Classifier;
    readonly batchSize: number;
    readonly losses?: Losses;
  },
  work: (asked: Asked) => Promise<StageResult["metrics"]>,
): Promise<StageResult> {
  const { options, report } = withSignsOfLife(job, reporter);
  report.progress(0, 1, "opening the engine");
  using engines = new DisposableStack();
  const opened = await openEngines(options).catch((error) => {
    throw asFailure(error);
  });
  for (const engine of opened) engines.use(engine);
  report.loaded();
  const onOutOfMemory = (size: number, half: number) =>
    report.log(`the engine's memory does not hold ${size} images: going on with ${half} at a time`);
  using victim = poolVictims(
    opened.map((engine) => createVictim({ engine, classifier, batchSize, losses, onOutOfMemory })),
  );
  const [engine] = opened;
  try {
    const metrics = await work({ victim, report, engine });
    return { metrics, provenance: { ...engine.description, ...memoryOf(engine) } };
  } catch (error) {
    if (error instanceof OutOfMemoryError) throw new StageFailure(error.message, { cause: error });
    throw asFailure(error);
  }
}
