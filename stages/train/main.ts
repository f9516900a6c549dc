/** The process of the train stage. @module */
import { join } from "node:path";
import { interleave } from "../../lib/data/images.ts";
import { decodeRecords, imageBytes } from "../../lib/data/records.ts";
import { openEngine } from "../../lib/engines/mod.ts";
import { isOutOfMemory } from "../../lib/pjrt/out_of_memory.ts";
import { decodeWeights, encodeWeights } from "../../lib/models/weights.ts";
import type { ByteImages } from "../../lib/training/device_images.ts";
import type { Network } from "../../lib/models/network.ts";
import type { Recipe } from "../../lib/training/recipe.ts";
import type { EpochRecord } from "../../lib/training/checkpoint.ts";
import { DivergenceError } from "../../lib/training/divergence.ts";
import { stepsUntil } from "../../lib/training/course.ts";
import { train } from "../../lib/training/train.ts";
import {
  asFailure,
  type Job,
  type Reporter,
  StageFailure,
  stageMain,
  type StageResult,
} from "../job.ts";
import { type JobData, readData } from "../data.ts";
import { loadTrainRules } from "../rules.ts";
import { memoryOf, withSignsOfLife } from "../signs_of_life.ts";
import { originOf } from "../work_file.ts";
import { loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";
import { historyOf } from "./history.ts";
import { keptStates } from "./kept_states.ts";
import { readSetting } from "./parameters.ts";
import { readParent } from "./parent.ts";

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;

const describe = (record?: EpochRecord) =>
  record
    ? `loss ${record.train_loss.toFixed(3)}, clean ${percent(record.clean_accuracy)}, PGD-10 ${
      percent(record.pgd10_accuracy)
    }`
    : "compiled";

/** Splits off the last images, which are never trained on. */
async function readImages({ files, task }: JobData, heldOutImages: number) {
  const name = "train.bin", { image } = task, size = imageBytes(image);
  const { labels, pixels } = decodeRecords(await Deno.readFile(files[name]), name, task);
  const images = interleave(pixels, image), cut = labels.length - heldOutImages;
  if (cut <= 0) {
    throw new StageFailure(
      `Cannot hold out ${heldOutImages} of ${labels.length} training images: lower recipe.held_out_images or raise data.train_images`,
    );
  }
  const part = (from: number, to: number): ByteImages => ({
    image,
    pixels: images.subarray(from * size, to * size),
    labels: labels.subarray(from, to),
  });
  return { training: part(0, cut), heldOut: part(cut, labels.length) };
}

/** The model to start from: its cell and its variables, where the recipe names one. */
async function readStart(job: Job, network: Network, { start }: Recipe) {
  if (!start) return undefined;
  const cell = Object.keys(job.inputs).find((id) => id.startsWith(`train:${start.method}:`));
  const path = cell && job.inputs[cell]["model.safetensors"];
  if (!path) {
    throw new StageFailure(
      `Cannot start from ${start.method}: "model.safetensors" of train:${start.method}:… is not among the inputs of ${job.cell}`,
    );
  }
  const source = `model.safetensors of ${cell}`;
  const tensors = decodeWeights(network, await Deno.readFile(path), source);
  return { cell, tensors };
}

/** What to do about it; nothing is halved here, since other batches would be another training. */
const lackOfMemory = ({ batch_size, precision = "f32" }: Recipe) =>
  `Cannot train in batches of ${batch_size} images in ${precision}: the engine's memory does not ` +
  "hold a step; end other programs that use the device or pass a larger --gpu-memory; with another " +
  'result, a smaller "--set recipe.batch_size=N" or "--set recipe.precision=bf16"';

/** Runs the stage. */
export async function run(job: Job, reporter: Reporter): Promise<StageResult> {
  const { options, report } = withSignsOfLife(job, reporter);
  const rules = await loadTrainRules(job), data = await readData(job);
  const setting = readSetting(job, rules, data.task);
  const { network, objective, recipe, heldOutImages, epsilon } = setting;
  const { training, heldOut } = await readImages(data, heldOutImages);
  const parent = await readParent(job, setting.branch, network.card);
  const start = parent ? undefined : await readStart(job, network, recipe);
  report.progress(0, 1, "opening the engine");
  using engine = await openEngine(options).catch((error) => {
    throw asFailure(error);
  });
  const origin = originOf(job, engine);
  const states = keptStates(recipe.keep_states ?? [], job.work, origin, report.log);
  const saved = await loadCheckpoint(job.work, origin, report.log);
  const own = saved && await states.has(saved) ? saved : undefined;
  if (own) report.log(`going on after epoch ${own.epoch}`);
  const checkpoint = own ?? parent?.state;
  const started = performance.now();
  let trained;
  try {
    trained = await train(engine, {
      network,
      objective,
      recipe,
      training,
      heldOut,
      epsilon,
      seed: BigInt(job.seed),
      start: start?.tensors,
      until: job.trial ? { epoch: job.trial.epochs as number } : setting.until,
      checkpoint,
      onLoaded: report.loaded,
      onStep: (done, total, record) => report.progress(done, total, describe(record)),
      onEpoch: (state) => saveCheckpoint(job.work, state, origin),
      onState: recipe.keep_states && states.save,
    });
  } catch (error) {
    if (error instanceof DivergenceError) {
      throw new StageFailure(error.message, { cause: error });
    }
    if (isOutOfMemory(error)) throw new StageFailure(lackOfMemory(recipe), { cause: error });
    throw asFailure(error);
  }
  const seconds = (performance.now() - started) / 1000;
  const { tensors, history, bestEpoch, steps, stepsPerEpoch, stopped, waitingShare } = trained;
  const taken = steps - (parent ? stepsUntil(parent.place, stepsPerEpoch) : 0);
  await states.publish(job.output, trained.end);
  const json = (value: unknown) => JSON.stringify(value, null, 1) + "\n";
  await Deno.writeFile(
    join(job.output, "model.safetensors"),
    encodeWeights(network, tensors, steps),
  );
  await Deno.writeTextFile(join(job.output, "card.json"), json(network.card));
  await Deno.writeTextFile(
    join(job.output, "history.json"),
    json(historyOf(setting, trained, { start: start?.cell, parent })),
  );
  const last = history[(bestEpoch ?? stopped?.model.epoch ?? history.length) - 1];
  return {
    metrics: {
      train_loss: last.train_loss,
      clean_accuracy: last.clean_accuracy,
      fgsm_accuracy: last.fgsm_accuracy,
      pgd10_accuracy: last.pgd10_accuracy,
      input_gradient_norm: last.input_gradient_norm,
      linearization_error: last.linearization_error,
      seconds,
      images_per_second: taken * recipe.batch_size / seconds,
      waiting_share: waitingShare,
    },
    provenance: { ...engine.description, ...memoryOf(engine), steps },
  };
}

if (import.meta.main) await stageMain(run);
