/**
 * The two programs that all attacks are made of. The model's weights are inputs, so that one
 * compilation serves every model of an architecture.
 *
 * @module
 */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { Precision, Program, Spec, Tensors } from "../../engines/engine.ts";
import type { Classifier } from "../../models/classifier.ts";
import { logSoftmax, tf } from "../../tensorflow/mod.ts";
import type { Losses, LossInput } from "../loss.ts";

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

/** A classifier's weights by their own names. */
const weightsOf = (inputs: Tensors): Tensors =>
  Object.fromEntries(
    Object.entries(inputs).filter(([name]) => name.startsWith(prefix))
      .map(([name, tensor]) => [name.slice(prefix.length), tensor]),
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
    build: ({ images, ...inputs }) => ({
      logits: classifier.logits(weightsOf(inputs), images as Tensor4D),
    }),
  };
}

/** Name of a loss' weights `[N]` among a program's inputs. */
export const lossInput = (name: string) => `loss/${name}`;

/**
 * Logits, one loss of each image, and its gradient with respect to the image.
 *
 * Labels and targets are one-hot `[N, classes]`. An image's loss is the sum of all losses, each
 * weighted by an input `[N]` of its own: 1 for the one wanted, 0 for the others. One program so serves
 * all attacks of a cell, and their images may share a block. A loss that no image of a block wants
 * adds exact zeros: a cell's numbers do not depend on what other losses its program has.
 */
export function gradientProgram(
  classifier: Classifier,
  size: number,
  losses: Losses,
  precision?: Precision,
): Program {
  const { classes, image } = classifier, names = Object.keys(losses);
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
      ...Object.fromEntries(names.map((name) => [lossInput(name), column])),
    },
    build({ images, labels, targets, ...inputs }) {
      const weights = weightsOf(inputs), kept: Tensor[] = [];
      const total = (points: Tensor) => {
        const logits = classifier.logits(weights, points as Tensor4D);
        const given = { tf, logSoftmax, logits, labels, targets } as LossInput;
        const loss = names
          .map((name) => tf.mul(losses[name](given), inputs[lossInput(name)]))
          .reduce((sum, own) => tf.add(sum, own));
        kept.push(tf.keep(logits), tf.keep(loss));
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
