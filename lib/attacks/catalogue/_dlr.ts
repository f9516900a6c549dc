/** The difference of logits ratio and its targeted form (Croce & Hein 2020). @module */
import type { Tensor, Tensor2D } from "@tensorflow/tfjs-core";
import { difference, type Loss, type LossInput } from "../loss.ts";

/**
 * Difference of logits ratio (equation 6):
 * `-(z_y - max_{i != y} z_i) / (z_1 - z_3 + 1e-12)`, `z_k` the k-th highest of three or more logits.
 */
export const dlr: Loss = (input) => {
  const { tf, logits: z, labels } = input, rank = ranks(input);
  const at = (k: number) => tf.cast(tf.equal(rank, k), "float32");
  // the highest other logit is the first, or the second where the first is the label's
  const isFirst = tf.sum(tf.mul(at(0), labels), 1, true);
  const other = tf.add(tf.mul(at(0), tf.sub(1, isFirst)), tf.mul(at(1), isFirst));
  return tf.div(
    tf.sum(tf.mul(z, tf.sub(other, labels)), 1),
    tf.add(tf.sum(tf.mul(z, tf.sub(at(0), at(2))), 1), 1e-12),
  );
};

/**
 * Targeted difference of logits ratio (equation 8):
 * `-(z_y - z_t) / (z_1 - (z_3 + z_4) / 2 + 1e-12)`, `z_k` the k-th highest of four or more logits.
 */
export const targetedDlr: Loss = (input) => {
  const { tf, logits: z } = input, rank = ranks(input);
  const at = (k: number) => tf.cast(tf.equal(rank, k), "float32");
  const spread = tf.sub(at(0), tf.mul(tf.add(at(2), at(3)), 0.5));
  return tf.div(difference(input), tf.add(tf.sum(tf.mul(z, spread), 1), 1e-12));
};

/**
 * Rank of each logit in its row, 0 for the highest, equal ones in the order of their classes. It is
 * piecewise constant, so its gradient is zero: sorting without a sort.
 *
 * @returns `[N, classes]`
 */
function ranks({ tf, logits: z }: LossInput): Tensor {
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
