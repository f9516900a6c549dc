import { object } from "../../schema.ts";
import type { Activation } from "../activation.ts";

/**
 * `x - log(1 + alpha x) / alpha` above 0, else 0, with an alpha that each layer learns. Its second
 * derivative falls from alpha just above 0 and is 0 below: it is differentiable once, whatever its name
 * says. The square of `root` is alpha, which keeps it positive; the first is 400.
 */
export const activation: Activation<Record<never, never>> = {
  name: "smooth-relu",
  title: "SmoothReLU",
  kind: "continuously differentiable",
  source: "Xie et al. 2020, arXiv:2006.14536; cihangxie/SmoothAdversarialTraining, " +
    "ResNet/resnet_model.py, where root is smoothrelu_beta",
  parameters: object({}),
  defaults: {},
  meanings: {},
  learned: { root: 20 },
  shape: ({ learned: { root } }) => ({ monotonic: true, largestSecondDerivative: root ** 2 }),
  apply({ tf, x, learned }) {
    const alpha = tf.square(learned!.root), positive = tf.relu(x);
    return tf.sub(positive, tf.div(tf.log1p(tf.mul(positive, alpha)), alpha));
  },
};
