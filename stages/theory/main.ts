/** The process of the theory stage. @module */
import { join } from "node:path";
import { createVictim } from "../../lib/attacks/victim/create_victim.ts";
import { poolVictims } from "../../lib/attacks/blocks/pool.ts";
import type { AttackRule } from "../../lib/attacks/rule.ts";
import { openEngines } from "../../lib/engines/mod.ts";
import { parseModelCard } from "../../lib/models/card_fields.ts";
import { loadClassifier } from "../../lib/models/load.ts";
import { networkOf } from "../../lib/models/network.ts";
import { OutOfMemoryError } from "../../lib/pjrt/out_of_memory.ts";
import type { Summary } from "../../lib/theory/record.ts";
import { measureImages } from "../../lib/theory/measure.ts";
import { evaluationsOf, FAB_TARGETS, type TheorySetting } from "../../lib/theory/setting.ts";
import { marginLoss } from "../../lib/theory/slopes.ts";
import { summarize } from "../../lib/theory/summarize.ts";
import { readData } from "../data.ts";
import {
  asFailure,
  type Job,
  type Reporter,
  StageFailure,
  stageMain,
  type StageResult,
} from "../job.ts";
import { loadModelRules, loadRules } from "../rules.ts";
import { memoryOf, withSignsOfLife } from "../signs_of_life.ts";
import { originOf } from "../work_file.ts";
import { counting, measureInBlocks } from "./blocks.ts";
import { readImages } from "./images.ts";
import { theoryRecord, theoryText } from "./outputs.ts";
import { readSetting } from "./parameters.ts";

/** Runs the stage. */
export async function run(job: Job, reporter: Reporter): Promise<StageResult> {
  const { options, report } = withSignsOfLife(job, reporter);
  const { images: count, batchSize, model, card, setting } = readSetting(job);
  const modelRules = await loadModelRules(job);
  const rule = (await loadRules<AttackRule>(job, "attack"))["fab-t"];
  if (rule?.kind !== "attack") {
    throw new StageFailure(`Cannot run ${job.cell}: the attack "fab-t" is not among its rules`);
  }
  const { task, files } = await readData(job);
  const images = await readImages(files["test.bin"], count, task);
  const network = networkOf(
    parseModelCard(await Deno.readTextFile(card), modelRules),
    modelRules,
    task,
  );
  const classifier = loadClassifier(await Deno.readFile(model), network);
  // in a ball of radius 0 there is nothing to find: each walk goes on to its last iteration
  const fab = rule.create(
    { iterations: setting.fabIterations, targets: FAB_TARGETS },
    { ...task, epsilon: 0, seed: setting.seed },
  );
  report.progress(0, 1, "opening the engine");
  using engines = new DisposableStack();
  const opened = await openEngines(options).catch((error) => {
    throw asFailure(error);
  });
  for (const engine of opened) engines.use(engine);
  report.loaded();
  const size = Math.min(batchSize, count), total = count * evaluationsOf(setting, task.classes);
  let done = 0;
  using pool = poolVictims(
    opened.map((engine) =>
      createVictim({
        ...{ engine, classifier, batchSize: size, losses: { margin: marginLoss } },
        onOutOfMemory: (size, half) =>
          report.log(
            `the engine's memory does not hold ${size} images: going on with ${half} at a time`,
          ),
      })
    ),
  );
  let measured = 0;
  const victim = counting(pool, (answers) => {
    done = Math.min(total, done + answers);
    report.progress(done, total, `${measured} of ${count} images measured`);
  });
  try {
    const records = await measureInBlocks(
      images,
      (block) => measureImages(victim, fab, block, setting),
      {
        ...{ size, parallel: opened.length, work: job.work, log: report.log },
        origin: originOf(job, opened[0]),
        onBlock(images) {
          measured = images;
          done = Math.max(done, Math.round(total * images / count));
          report.progress(done, total, `${measured} of ${count} images measured`);
        },
      },
    );
    const summary = summarize(records, setting);
    await Deno.writeTextFile(
      join(job.output, "theory.json"),
      theoryText(theoryRecord(network, setting, records, summary)),
    );
    const [engine] = opened;
    return {
      metrics: metricsOf(summary, setting, count),
      provenance: { ...engine.description, ...memoryOf(engine) },
    };
  } catch (error) {
    if (error instanceof OutOfMemoryError) throw new StageFailure(error.message, { cause: error });
    throw asFailure(error);
  }
}

/** What a manifest says of the model. */
function metricsOf(
  { clean_accuracy, gradient_norm, linearization_error, omega, bound, first_order }: Summary,
  { epsilons, epsilon }: Pick<TheorySetting, "epsilons" | "epsilon">,
  images: number,
): Record<string, number> {
  const at = epsilons.indexOf(epsilon);
  return {
    images,
    clean_accuracy,
    gradient_norm: gradient_norm.mean,
    linearization_error_fgsm: linearization_error.fgsm[at].mean,
    linearization_error_pgd: linearization_error.pgd[at].mean,
    omega: omega[at],
    bound_satisfied: bound.cross_entropy.by_image.satisfied,
    bound_violated: bound.cross_entropy.by_image.violated.length,
    margin_bound_satisfied: bound.margin.by_image.satisfied,
    margin_bound_violated: bound.margin.by_image.violated.length,
    ...first_order.order === null ? {} : { first_order: first_order.order },
  };
}

if (import.meta.main) await stageMain(run);
