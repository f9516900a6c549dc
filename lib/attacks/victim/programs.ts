/**
 * The two programs that all attacks are made of. The model's weights are inputs, so that one
 * compilation serves every model of an architecture.
 *
 * @module
 */
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Precision, Program, Spec, Tensors } from "../../engines/engine.ts";
import type { Classifier } from "../../models/classifier.ts";
import { logSoftmax, tf } from "../../tensorflow/mod.ts";
import { losses } from "../attack.ts";

/** Prefix of the weights among a program's inputs. */
const prefix = "weight/";

/** Names of a classifier's weights among a program's inputs. */
export const weightInput = (name: string) => prefix + name;

function weightSpecs({ weights }: Classifier): Record<string, Spec> {
  return Object.fromEntries(
    Object.entries(weights).map((
      [name, { shape }],
    ) => [weightInput(name), { shape, dtype: "float32" as const }]),
  );
}

const withoutPrefix = (inputs: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name.slice(prefix.length), tensor]),
  );

/** `images [N, H, W, C]` to `logits [N, classes]`. */
export function logitsProgram(
  classifier: Classifier,
  size: number,
  precision?: Precision,
): Program {
  return {
    name: `logits of ${size} images`,
    precision,
    inputs: {
      ...weightSpecs(classifier),
      images: { shape: [size, ...classifier.image], dtype: "float32" },
    },
    build: ({ images, ...weights }) => ({
      logits: classifier.logits(withoutPrefix(weights), images as Tensor4D),
    }),
  };
}

/**
 * Logits, one loss of each image, and its gradient with respect to the image.
 *
 * Labels and targets are one-hot `[N, classes]`. An image's loss is the sum of all losses, each
 * weighted by an input `[N]` of the loss's name: 1 for the one wanted, 0 for the others. One program
 * so serves all gradient attacks, and their images may share a block.
 */
export function gradientProgram(
  classifier: Classifier,
  size: number,
  precision?: Precision,
): Program {
  const { classes, image } = classifier;
  const oneHot: Spec = { shape: [size, classes], dtype: "float32" };
  const column: Spec = { shape: [size], dtype: "float32" };
  return {
    name: `gradients of ${size} images`,
    precision,
    inputs: {
      ...weightSpecs(classifier),
      images: { shape: [size, ...image], dtype: "float32" },
      labels: oneHot,
      targets: oneHot,
      ...Object.fromEntries(losses.map((name) => [name, column])),
    },
    build(inputs) {
      const { images, labels, targets, cross_entropy, dlr, targeted_dlr, difference, ...weights } =
        inputs;
      const kept: Tensor[] = [];
      const total = (points: Tensor) => {
        const z = classifier.logits(withoutPrefix(weights), points as Tensor4D);
        const loss = tf.add(
          tf.add(
            tf.mul(crossEntropy(z, labels), cross_entropy),
            tf.mul(untargetedDlr(z, labels), dlr),
          ),
          tf.add(
            tf.mul(targetedDlr(z, labels, targets), targeted_dlr),
            tf.mul(logitDifference(z, labels, targets), difference),
          ),
        );
        kept.push(tf.keep(z), tf.keep(loss));
        return tf.sum(loss); // images do not interact: the gradient of the sum is each one's own
      };
      const gradient = tf.grad(total)(images);
      const [logits, loss] = kept.map((tensor) => {
        const own = tf.clone(tensor);
        tensor.dispose();
        return own;
      });
      return { logits, loss, gradient };
    },
  };
}

/** `-log softmax(z)_y`, `[N]` */
export function crossEntropy(z: Tensor2D, labels: Tensor): Tensor {
  return tf.neg(tf.sum(tf.mul(logSoftmax(z), labels), 1));
}

/** `z_t - z_y`, `[N]` */
export function logitDifference(z: Tensor2D, labels: Tensor, targets: Tensor): Tensor {
  return tf.sum(tf.mul(z, tf.sub(targets, labels)), 1);
}

/**
 * Difference of logits ratio (Croce & Hein 2020, equation 6):
 * `-(z_y - max_{i != y} z_i) / (z_1 - z_3 + 1e-12)`, `z_k` the k-th highest logit, `[N]`; 0 for fewer
 * than three classes, where it is not defined.
 */
export function untargetedDlr(z: Tensor2D, labels: Tensor): Tensor {
  if (z.shape[1] < 3) return tf.mul(tf.sum(z, 1), 0);
  const rank = ranks(z);
  const at = (k: number) => tf.cast(tf.equal(rank, k), "float32");
  // the highest other logit is the first, or the second where the first is the label's
  const isFirst = tf.sum(tf.mul(at(0), labels), 1, true);
  const other = tf.add(tf.mul(at(0), tf.sub(1, isFirst)), tf.mul(at(1), isFirst));
  return tf.div(
    tf.sum(tf.mul(z, tf.sub(other, labels)), 1),
    tf.add(tf.sum(tf.mul(z, tf.sub(at(0), at(2))), 1), 1e-12),
  );
}

/**
 * Targeted difference of logits ratio (Croce & Hein 2020, equation 8):
 * `-(z_y - z_t) / (z_1 - (z_3 + z_4) / 2 + 1e-12)`, `z_k` the k-th highest logit, `[N]`.
 */
export function targetedDlr(z: Tensor2D, labels: Tensor, targets: Tensor): Tensor {
  const rank = ranks(z);
  const at = (k: number) => tf.cast(tf.equal(rank, k), "float32");
  const spread = tf.sub(at(0), tf.mul(tf.add(at(2), at(3)), 0.5));
  return tf.div(
    logitDifference(z, labels, targets),
    tf.add(tf.sum(tf.mul(z, spread), 1), 1e-12),
  );
}

/**
 * Rank of each logit in its row, 0 for the highest, equal ones in the order of their classes. It is
 * piecewise constant, so its gradient is zero: sorting without a sort.
 *
 * @returns `[N, classes]`
 */
function ranks(z: Tensor2D): Tensor {
  const [size, classes] = z.shape;
  return tf.customGrad((x) => {
    const logits = x as Tensor2D;
    const own = tf.reshape(logits, [size, classes, 1]);
    const other = tf.reshape(logits, [size, 1, classes]);
    const earlier = tf.tensor2d(
      Float32Array.from(
        { length: classes * classes },
        (_, i) => i % classes < Math.floor(i / classes) ? 1 : 0,
      ),
      [classes, classes],
    );
    const above = tf.add(
      tf.cast(tf.greater(other, own), "float32"),
      tf.mul(tf.cast(tf.equal(other, own), "float32"), earlier),
    );
    return { value: tf.sum(above, 2), gradFunc: () => tf.zerosLike(logits) };
  })(z);
}
