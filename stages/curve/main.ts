/** The process of the stage `curve`. @module */
import { join } from "node:path";
import { lossesOf, planAttacks } from "../../lib/attacks/plan.ts";
import { accuracies, checkGrey, measureCurve } from "../../lib/curve/measure.ts";
import type { CurveRecord, Fall } from "../../lib/curve/record.ts";
import { attacksOf } from "../../lib/curve/setting.ts";
import { LIMITS } from "../../lib/limits.ts";
import { list, number, object } from "../../lib/schema.ts";
import { readData } from "../data.ts";
import { asFailure, type Job, type Reporter, stageMain, type StageResult } from "../job.ts";
import { askModel, readModel } from "../model_input.ts";
import { readParameters } from "../parameters.ts";
import { loadAttackRules, loadModelRules } from "../rules.ts";
import { readTestImages } from "../test_images.ts";
import { originOf, readWorkFile, writeWorkFile } from "../work_file.ts";

const parameters = object({
  images: number(LIMITS.attackedImages),
  batch_size: number(LIMITS.batch),
  epsilon: number(LIMITS.epsilon),
  epsilons: list(number(LIMITS.epsilon), { min: 2 }),
  iterations: number(LIMITS.iterations),
  restarts: number(LIMITS.restarts),
  targets: number(LIMITS.targets),
});

/** Runs the stage. */
export async function run(job: Job, reporter: Reporter): Promise<StageResult> {
  const { images: count, batch_size, epsilon, epsilons: given, ...effort } = readParameters(
    job,
    parameters,
  );
  const epsilons = [...new Set([...given, epsilon])].sort((a, b) => a - b);
  const modelRules = await loadModelRules(job), attackRules = await loadAttackRules(job);
  const { task, files } = await readData(job);
  // few classes leave the difference of logits undefined: see apgd_t.ts
  const chosen = attacksOf(effort).filter(({ attack }) => {
    const rule = attackRules[attack];
    return rule.kind !== "attack" || task.classes >= (rule.classes ?? 2);
  });
  const plan = (epsilon: number) => {
    try {
      return planAttacks(attackRules, chosen, { ...task, epsilon, seed: BigInt(job.seed) });
    } catch (error) {
      throw asFailure(error);
    }
  };
  const losses = lossesOf(plan(epsilon).map(({ rule }) => rule));
  const images = await readTestImages(files["test.bin"], count, task, "curve");
  const classifier = await readModel(job, modelRules, task);
  const batchSize = Math.min(batch_size, count);
  const asking = { classifier, batchSize, losses };
  return await askModel(job, reporter, asking, async ({ victim, report, engine }) => {
    const path = join(job.work, "curve"), origin = originOf(job, engine);
    const kept = await readWorkFile(path, origin, report.log);
    const falls: Fall[][] = kept ? JSON.parse(new TextDecoder().decode(kept)) : [];
    if (kept) report.log(`going on with ${falls.length} of ${epsilons.length} radii done`);
    const last = await measureCurve(victim, images, {
      epsilons,
      falls,
      attacksAt: (epsilon) => plan(epsilon).map(({ attack }) => attack),
      onRadius: (all) => writeWorkFile(path, new TextEncoder().encode(JSON.stringify(all)), origin),
      onProgress: (done, standing) =>
        report.progress(done, epsilons.length, `${standing} of ${count} images stand`),
    });
    const grey = await checkGrey(victim, images, last, epsilons);
    const accuracy = accuracies(last, epsilons);
    const record: CurveRecord = {
      attacks: chosen.map(({ attack }) => attack),
      ...{ images: count, epsilon, epsilons, ...effort, accuracy, grey },
      per_image: {
        index: images.indices,
        label: images.labels,
        fell_at: last.map(({ radius }) => radius),
        broken_by: last.map(({ by }) => by),
      },
    };
    await Deno.writeTextFile(join(job.output, "curve.json"), JSON.stringify(record) + "\n");
    return {
      images: count,
      clean_accuracy: accuracy[0],
      robust_accuracy: accuracy[epsilons.indexOf(epsilon)],
      accuracy_at_largest: accuracy[accuracy.length - 1],
    };
  });
}

if (import.meta.main) await stageMain(run);
