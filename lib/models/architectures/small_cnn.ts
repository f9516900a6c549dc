import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { number, object } from "../../schema.ts";
import { type Architecture, learnedVariables } from "../architecture.ts";

/** What of it may differ; its type is no interface, so that it is a record of values. */
type Parameters = {
  /** Filters of the convolution. */
  readonly filters: number;
};

/**
 * The smallest network in which catastrophic overfitting was seen: a 3x3 convolution, an activation and
 * a linear layer over all pixels (Andriushchenko, Flammarion, "Understanding and Improving Fast
 * Adversarial Training", 2020, section 4.2). 41,082 parameters with 4 filters for images of 32x32x3 and
 * 10 classes.
 */
export const architecture: Architecture<Parameters> = {
  name: "small-cnn",
  title: "CNN",
  source:
    "Andriushchenko, Flammarion 2020, arXiv:2007.02617, section 4.2; torch.nn.Flatten's order",
  parameters: object({ filters: number({ min: 1, max: 1024, integer: true }) }),
  defaults: { filters: 4 },
  meanings: { filters: "filters of the convolution" },
  variables({ parameters: { filters }, classes, image: [height, width, channels], learned }) {
    const features = height * width * filters;
    return {
      "conv.weight": {
        shape: [3, 3, channels, filters],
        role: "convolution",
        fanIn: 9 * channels,
      },
      "conv.bias": { shape: [filters], role: "bias", fanIn: 9 * channels },
      ...learnedVariables("act", { learned }),
      "linear.weight": { shape: [features, classes], role: "linear", fanIn: features },
      "linear.bias": { shape: [classes], role: "bias", fanIn: features },
    };
  },
  batchNorms: () => ({}),
  forward({ tf, convolution, tensors, images, activate }) {
    const convolved = convolution(images, tensors["conv.weight"] as Tensor4D, 1);
    const activated = activate("act", tf.add(convolved, tensors["conv.bias"]));
    // channels first, as PyTorch lays images out, so that its linear weights are these
    const first = tf.transpose(activated, [0, 3, 1, 2]);
    const features = tf.reshape(first, [images.shape[0], -1]) as Tensor2D;
    return tf.add(
      tf.matMul(features, tensors["linear.weight"] as Tensor2D),
      tensors["linear.bias"],
    ) as Tensor2D;
  },
  infer(shapes) {
    const filters = shapes["conv.weight"]?.[0] ?? 0;
    return filters > 0 ? { filters } : {};
  },
};
