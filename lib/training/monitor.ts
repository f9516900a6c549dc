/**
 * What is measured after every epoch, on images that are never trained on: accuracies (clean, FGSM,
 * PGD-10), and on a fixed probe set the two series of Figure 1 and what tells why one-step training
 * collapses.
 *
 * @module
 */
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine, Program, Spec, Tensors, Value, Values } from "../engines/engine.ts";
import { forward } from "../models/forward.ts";
import { type Network, statistics, variables } from "../models/network.ts";
import { logSoftmax, tf } from "../tensorflow/mod.ts";
import { plainChoices } from "./augmentation.ts";
import type { ImageSource } from "./device_images.ts";
import { createQueue } from "./queue.ts";
import { signStep } from "./sign_step.ts";

/** Measurements of one model; accuracies are fractions. */
export interface Measurements {
  readonly clean_accuracy: number;
  readonly fgsm_accuracy: number;
  readonly pgd10_accuracy: number;
  /** Mean of ||grad_x L||_1 over the probe set, per pixel value in [0, 1]. */
  readonly input_gradient_norm: number;
  /** Mean of R(x, delta) over the probe set: equation (5), delta the FGSM step. */
  readonly linearization_error: number;
  /** Quantiles of R(x, delta) over the probe set: 5 %, 25 %, 50 %, 75 % and 95 %. */
  readonly linearization_error_q05: number;
  readonly linearization_error_q25: number;
  readonly linearization_error_q50: number;
  readonly linearization_error_q75: number;
  readonly linearization_error_q95: number;
  /** Share of the probe set whose R(x, delta) is below 0: the FGSM step gains less than its slope says. */
  readonly linearization_error_negative: number;
  /**
   * Share of the probe set whose loss falls along the FGSM step: abnormal adversarial examples (Lin, Yu,
   * Liu, "Eliminating Catastrophic Overfitting via Abnormal Adversarial Examples Regularization", 2023).
   */
  readonly abnormal: number;
  /**
   * Mean over the probe set of (||g||_1 / ||g||_2)^2, g the input gradient: the number of pixels that
   * the gradient is spread over; 0 where it is 0.
   */
  readonly participation_ratio: number;
}

/** PGD-10 as adversarial training papers monitor it: step 2/255 for epsilon 8/255, from the image. */
const pgd = { steps: 10, stepOfEpsilon: 1 / 4 };

/** Runs that the engine is handed ahead. */
const ahead = 4;

const group = (tensors: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).map(([name, t]) => [name.replace(/^(weight|statistic)\//, ""), t]),
  );

function modelSpecs(network: Network): Record<string, Spec> {
  const specs: Record<string, Spec> = {};
  for (const [name, { shape }] of Object.entries(variables(network))) {
    specs[`weight/${name}`] = { shape, dtype: "float32" };
  }
  for (const [name, shape] of Object.entries(statistics(network))) {
    specs[`statistic/${name}`] = { shape, dtype: "float32" };
  }
  return specs;
}

/** Shared by both programs: the model in evaluation mode and the loss of each sample. */
function evaluation(network: Network, inputs: Tensors) {
  const { images, labels, ...model } = inputs;
  const weights = group(model);
  const hot = tf.oneHot(labels as Tensor1D, network.classes, 1, 0, "float32") as Tensor2D;
  const logits = (x: Tensor) => forward(network, weights, x as Tensor4D, { mode: "eval" }).logits;
  const losses = (z: Tensor2D) => tf.neg(tf.sum(tf.mul(logSoftmax(z), hot), 1));
  const gradient = (x: Tensor) => tf.grad((y) => tf.sum(losses(logits(y as Tensor))))(x) as Tensor;
  const correct = (z: Tensor2D) =>
    tf.cast(tf.greaterEqual(tf.sum(tf.mul(z, hot), 1), tf.max(z, 1)), "float32");
  return { images: images as Tensor4D, logits, losses, gradient, correct };
}

/**
 * Per sample, each `[N]`: clean and FGSM verdicts, the gradient's L1 norm and squared L2 norm, R(x, delta)
 * of equation (5), and what the loss gains by the FGSM step.
 */
export function probeProgram(network: Network, epsilon: number, batchSize: number): Program {
  return {
    name: "probe",
    inputs: {
      ...modelSpecs(network),
      images: { shape: [batchSize, ...network.image], dtype: "float32" },
      labels: { shape: [batchSize], dtype: "int32" },
    },
    build(inputs) {
      const { images, logits, losses, gradient, correct } = evaluation(network, inputs);
      const clean = logits(images), slope = gradient(images);
      const norm = tf.sum(tf.abs(slope), [1, 2, 3]), square = tf.sum(tf.square(slope), [1, 2, 3]);
      // delta = epsilon sign(grad) (equation 3), so that <grad, delta> = epsilon ||grad||_1
      const moved = losses(logits(tf.add(images, tf.mul(tf.sign(slope), epsilon))));
      const before = losses(clean), linear = tf.add(before, tf.mul(norm, epsilon));
      const attacked = signStep({ tf, images }, { epsilon, step_size: epsilon }, () => slope);
      return {
        clean: correct(clean),
        fgsm: correct(logits(attacked)),
        norm,
        square,
        error: tf.sub(moved, linear),
        gain: tf.sub(moved, before),
      };
    },
  };
}

/** One step of PGD for a whole batch: `point` moves inside the ball around `images`. */
export function pgdStepProgram(network: Network, epsilon: number, batchSize: number): Program {
  const images: Spec = { shape: [batchSize, ...network.image], dtype: "float32" };
  return {
    name: "PGD step",
    inputs: {
      ...modelSpecs(network),
      images,
      point: images,
      labels: { shape: [batchSize], dtype: "int32" },
    },
    donate: { point: "point" },
    build({ point, ...inputs }) {
      const { images, gradient } = evaluation(network, inputs);
      const moved = tf.add(point, tf.mul(tf.sign(gradient(point)), epsilon * pgd.stepOfEpsilon));
      const inBall = tf.add(images, tf.clipByValue(tf.sub(moved, images), -epsilon, epsilon));
      return { point: tf.clipByValue(inBall, 0, 1) };
    },
  };
}

/** Logits' verdicts for a batch. */
function verdictProgram(network: Network, batchSize: number): Program {
  return {
    name: "verdicts",
    inputs: {
      ...modelSpecs(network),
      images: { shape: [batchSize, ...network.image], dtype: "float32" },
      labels: { shape: [batchSize], dtype: "int32" },
    },
    build(inputs) {
      const { images, logits, correct } = evaluation(network, inputs);
      return { correct: correct(logits(images)) };
    },
  };
}

/** What is known of each probe image. */
interface Probes {
  /** ||g||_1 and ||g||_2^2 of the input gradient g. */
  readonly norm: readonly number[];
  readonly square: readonly number[];
  /** R(x, delta), and L(x + delta) - L(x). */
  readonly error: readonly number[];
  readonly gain: readonly number[];
}

const names = <T extends object>(record: T) => Object.keys(record) as (keyof T)[];

/** What is reported of the probe images. */
export function summary(
  { norm, square, error, gain }: Probes,
): Omit<Measurements, `${string}_accuracy`> {
  const { length } = error;
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / length;
  const share = (values: readonly number[]) => values.filter((value) => value < 0).length / length;
  const sorted = error.toSorted((a, b) => a - b);
  return {
    input_gradient_norm: mean(norm),
    linearization_error: mean(error),
    linearization_error_q05: quantile(sorted, 0.05),
    linearization_error_q25: quantile(sorted, 0.25),
    linearization_error_q50: quantile(sorted, 0.5),
    linearization_error_q75: quantile(sorted, 0.75),
    linearization_error_q95: quantile(sorted, 0.95),
    linearization_error_negative: share(error),
    abnormal: share(gain),
    participation_ratio: mean(norm.map((n, i) => square[i] > 0 ? n * n / square[i] : 0)),
  };
}

/** A quantile of ascending values, linear between them, as NumPy has it by default. */
function quantile(sorted: readonly number[], share: number): number {
  const at = share * (sorted.length - 1), below = Math.floor(at), above = Math.ceil(at);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}

/** Measures models of one architecture on one fixed set of images. */
export interface Monitor extends Disposable {
  /**
   * @param model Variables and statistics as in the step's state (`weight/…`, `statistic/…`)
   * @param only How many of the first images, by default all
   */
  readonly measure: (model: Values, only?: number) => Promise<Measurements>;
}

/** What a monitor needs. */
export interface MonitorOptions {
  readonly network: Network;
  readonly heldOut: ImageSource;
  /** The probe set: this many of the first held-out images. */
  readonly probeImages: number;
  /** Radius of the attacks and of delta, in pixels in [0, 1]. */
  readonly epsilon: number;
}

/** Compiles the programs of a monitor. */
export async function createMonitor(engine: Engine, options: MonitorOptions): Promise<Monitor> {
  const { network, heldOut, probeImages, epsilon } = options, { count, batchSize } = heldOut;
  const [probe, step, verdicts] = await Promise.all([
    engine.compile(probeProgram(network, epsilon, batchSize)),
    engine.compile(pgdStepProgram(network, epsilon, batchSize)),
    engine.compile(verdictProgram(network, batchSize)),
  ]);

  /** Results of one batch by name, for its first `size` images. */
  async function measureBatch(model: Values, start: number, size: number) {
    using used = new DisposableStack();
    const queue = createQueue(ahead);
    const keep = (values: Values) => Object.values(values).forEach((value) => used.use(value));
    // rows beyond the last image repeat it and count for nothing
    const choices = plainChoices(
      Array.from({ length: batchSize }, (_, i) => start + Math.min(i, size - 1)),
    );
    const take = async () => {
      const { outputs, done } = await heldOut.batch({ choices });
      keep(outputs);
      await queue.add(done);
      return outputs;
    };
    try {
      const { images, labels } = await take();
      const found = await probe.run({ ...model, images, labels });
      keep(found);
      let { images: point } = await take(); // a copy, which every step gives up to the next
      for (let i = 0; i < pgd.steps; i++) {
        const { outputs, done } = await step.submit({ ...model, images, labels, point });
        keep(outputs);
        point = outputs.point;
        await queue.add(done);
      }
      const { correct } = await verdicts.run({ ...model, images: point, labels });
      keep({ correct });
      const read = async (value: Value) => (await engine.read(value)).subarray(0, size);
      return {
        clean: await read(found.clean),
        fgsm: await read(found.fgsm),
        pgd: await read(correct),
        norm: await read(found.norm),
        square: await read(found.square),
        error: await read(found.error),
        gain: await read(found.gain),
      };
    } finally {
      await queue.drain();
    }
  }

  return {
    async measure(model: Values, only = count): Promise<Measurements> {
      const correct = { clean: 0, fgsm: 0, pgd: 0 };
      const probes: Record<keyof Probes, number[]> = { norm: [], square: [], error: [], gain: [] };
      const own = Object.fromEntries(
        Object.entries(model).filter(([name]) => /^(weight|statistic)\//.test(name)),
      );
      for (let start = 0; start < only; start += batchSize) {
        const size = Math.min(batchSize, only - start);
        const found = await measureBatch(own, start, size);
        for (const name of names(correct)) for (const one of found[name]) correct[name] += one;
        const probed = Math.max(0, Math.min(size, probeImages - start));
        for (const name of names(probes)) probes[name].push(...found[name].subarray(0, probed));
      }
      return {
        clean_accuracy: correct.clean / only,
        fgsm_accuracy: correct.fgsm / only,
        pgd10_accuracy: correct.pgd / only,
        ...summary(probes),
      };
    },
    [Symbol.dispose]() {
      for (const executable of [probe, step, verdicts]) executable[Symbol.dispose]();
    },
  };
}
