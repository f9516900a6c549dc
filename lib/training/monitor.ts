/**
 * What is measured after every epoch, on images that are never trained on: accuracies (clean, FGSM,
 * PGD-10), and on a fixed probe set the two series of Figure 1.
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

/** Per-sample clean and FGSM verdicts, gradient norm and linearisation error, each `[N]`. */
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
      const norm = tf.sum(tf.abs(slope), [1, 2, 3]);
      // delta = epsilon sign(grad) (equation 3), so that <grad, delta> = epsilon ||grad||_1
      const moved = losses(logits(tf.add(images, tf.mul(tf.sign(slope), epsilon))));
      const linear = tf.add(losses(clean), tf.mul(norm, epsilon));
      const attacked = signStep({ tf, images }, { epsilon, step_size: epsilon }, () => slope);
      return {
        clean: correct(clean),
        fgsm: correct(logits(attacked)),
        norm,
        error: tf.sub(moved, linear),
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

/** Measures models of one architecture on one fixed set of images. */
export interface Monitor extends Disposable {
  /** @param model Variables and statistics as in the step's state (`weight/…`, `statistic/…`) */
  readonly measure: (model: Values) => Promise<Measurements>;
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
      const { outputs, done } = await heldOut.batch(choices);
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
        norm: await read(found.norm),
        error: await read(found.error),
        pgd: await read(correct),
      };
    } finally {
      await queue.drain();
    }
  }

  return {
    async measure(model: Values): Promise<Measurements> {
      const sums = { clean: 0, fgsm: 0, pgd: 0, norm: 0, error: 0 };
      const own = Object.fromEntries(
        Object.entries(model).filter(([name]) => /^(weight|statistic)\//.test(name)),
      );
      for (let start = 0; start < count; start += batchSize) {
        const size = Math.min(batchSize, count - start);
        const found = await measureBatch(own, start, size);
        const add = (name: keyof typeof sums, limit: number) => {
          for (let i = 0; i < limit; i++) sums[name] += found[name][i];
        };
        const probed = Math.max(0, Math.min(size, probeImages - start));
        for (const name of ["clean", "fgsm", "pgd"] as const) add(name, size);
        for (const name of ["norm", "error"] as const) add(name, probed);
      }
      const probed = Math.min(probeImages, count);
      return {
        clean_accuracy: sums.clean / count,
        fgsm_accuracy: sums.fgsm / count,
        pgd10_accuracy: sums.pgd / count,
        input_gradient_norm: sums.norm / probed,
        linearization_error: sums.error / probed,
      };
    },
    [Symbol.dispose]() {
      for (const executable of [probe, step, verdicts]) executable[Symbol.dispose]();
    },
  };
}
