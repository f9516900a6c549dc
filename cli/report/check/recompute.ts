/** A stored model computed in this process, operation by operation, a few images at a time. @module */
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tensors } from "../../../lib/engines/engine.ts";
import { loadClassifier } from "../../../lib/models/load.ts";
import { type Network, variables } from "../../../lib/models/network.ts";
import { logSoftmax, tf } from "../../../lib/tensorflow/mod.ts";
import { crossEntropyOf, type LabelledPoint, type Slope } from "../../../lib/theory/slopes.ts";
import { probeProgram, summary } from "../../../lib/training/monitor.ts";

/** How work is cut into pieces. */
export interface Pace {
  /** Images at a time. */
  readonly block: number;
  /** Called after each piece, with the images that it had; what waits gets its turn meanwhile. */
  readonly rest: (images: number) => Promise<void>;
}

/** A model with its weights in memory. */
export interface Recomputed extends Disposable {
  /** Logits `[N, classes]` of images `[N, H, W, C]`. */
  readonly logits: (images: Float32Array) => Promise<Float32Array>;
  /** The cross-entropy of each point and its gradient by the pixels. */
  readonly slopes: (points: readonly LabelledPoint[]) => Promise<Slope[]>;
  /** Means of ||g||_1 and of R over probe images, as `history.json` has them. */
  readonly probe: (
    images: Float32Array,
    labels: ArrayLike<number>,
    epsilon: number,
  ) => Promise<Pick<ReturnType<typeof summary>, "input_gradient_norm" | "linearization_error">>;
}

/**
 * Loads a model.
 *
 * @param bytes `model.safetensors`
 * @throws {RangeError} If the weights do not fit the network
 */
export function openModel(network: Network, bytes: Uint8Array, { block, rest }: Pace): Recomputed {
  const model = loadClassifier(bytes, network), { image, classes } = network;
  const size = image[0] * image[1] * image[2];
  const weights: Tensors = Object.fromEntries(
    Object.entries(model.weights).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data, [...shape]),
    ]),
  );
  const batchOf = (pixels: Float32Array) =>
    tf.tensor4d(pixels, [pixels.length / size, ...image]) as Tensor4D;
  /** Calls `work` for the beginning and the end of each piece. */
  async function inBlocks(count: number, work: (from: number, to: number) => void) {
    for (let from = 0; from < count; from += block) {
      const to = Math.min(count, from + block);
      tf.tidy(() => work(from, to));
      await rest(to - from);
    }
  }
  const trained = new Set(Object.keys(variables(network)));
  const named = Object.fromEntries(
    Object.entries(weights).map(([name, tensor]) => [
      `${trained.has(name) ? "weight" : "statistic"}/${name}`,
      tensor,
    ]),
  );
  return {
    async logits(images) {
      const count = images.length / size, found = new Float32Array(count * classes);
      await inBlocks(count, (from, to) => {
        const batch = batchOf(images.subarray(from * size, to * size));
        found.set(model.logits(weights, batch).dataSync() as Float32Array, from * classes);
      });
      return found;
    },
    async slopes(points) {
      const found: Slope[] = [];
      await inBlocks(points.length, (from, to) => {
        const own = points.slice(from, to), pixels = new Float32Array(own.length * size);
        own.forEach(({ point }, i) => pixels.set(point, i * size));
        const hot = tf.oneHot(own.map(({ label }) => label), classes, 1, 0, "float32") as Tensor2D;
        let logits: Tensor | undefined;
        const gradient = tf.grad((x) => {
          const z = model.logits(weights, x as Tensor4D);
          logits = tf.keep(tf.clone(z));
          return tf.neg(tf.sum(tf.mul(logSoftmax(z), hot)));
        })(batchOf(pixels)).dataSync() as Float32Array;
        const z = logits!.dataSync() as Float32Array;
        logits!.dispose();
        own.forEach(({ label }, i) => {
          const row = z.slice(i * classes, (i + 1) * classes);
          found.push({
            loss: crossEntropyOf(row, label),
            logits: row,
            gradient: gradient.slice(i * size, (i + 1) * size),
          });
        });
      });
      return found;
    },
    async probe(images, labels, epsilon) {
      const found = { norm: [], square: [], error: [], gain: [] } as Record<string, number[]>;
      await inBlocks(labels.length, (from, to) => {
        const outputs = probeProgram(network, epsilon, to - from).build({
          ...named,
          images: batchOf(images.subarray(from * size, to * size)),
          labels: tf.tensor1d(Array.from(labels).slice(from, to), "int32"),
        });
        for (const name of Object.keys(found)) found[name].push(...outputs[name].dataSync());
      });
      return summary(found as unknown as Parameters<typeof summary>[0]);
    },
    [Symbol.dispose]() {
      for (const tensor of Object.values(weights)) tensor.dispose();
    },
  };
}
