/**
 * Refuses the gradients that TensorFlow.js 4.22 computes wrongly, by name: nothing is better than a
 * wrong number that looks like any other. `gradients_test.ts` compares all others with differences.
 *
 * @module
 */
import type * as TF from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

// deno-lint-ignore no-explicit-any
type Attributes = Record<string, any>;

interface Refusal {
  /** What TensorFlow.js gets wrong, and what can be used instead. */
  readonly reason: string;
  /** Whether it does, for an input of a shape and a kernel's attributes; always if not given. */
  readonly when?: (tf: typeof TF, shape: number[], attributes: Attributes) => boolean;
}

const padded = "it divides by the window's size at the border too; pad the input with tf.pad and " +
  'pool it with "valid"';

/** By kernel. */
export const refusedGradients: Readonly<Record<string, Refusal>> = {
  AvgPool: {
    reason: padded,
    when(tf, shape, { filterSize, strides, pad, dimRoundingMode }) {
      const { padInfo } = tf.backend_util.computePool2DInfo(
        shape as [number, number, number, number],
        filterSize,
        strides,
        1,
        pad,
        dimRoundingMode,
      );
      return [padInfo.top, padInfo.bottom, padInfo.left, padInfo.right].some((side) => side > 0);
    },
  },
  AvgPool3D: {
    reason: padded,
    when(tf, shape, { filterSize, strides, pad, dimRoundingMode }) {
      const { padInfo } = tf.backend_util.computePool3DInfo(
        shape as [number, number, number, number, number],
        filterSize,
        strides,
        1,
        pad,
        dimRoundingMode,
      );
      const { top, bottom, left, right, front, back } = padInfo;
      return [top, bottom, left, right, front, back].some((side) => side > 0);
    },
  },
  Cumsum: {
    reason: "it mixes axes up; transpose the input and sum over its last axis",
    when: (_, { length: rank }, { axis }) => axis !== rank - 1,
  },
  FloorDiv: { reason: "it is that of a division; the quotient is constant between jumps" },
  MirrorPad: { reason: "it leaves out what the reflected elements add; concatenate tf.reverse" },
  ResizeBilinear: { reason: "it takes other weights than the resizing; use a convolution" },
  ResizeNearestNeighbor: { reason: "it leaves elements out; use tf.tile and tf.reshape" },
};

/** Lets the gradients of {@linkcode refusedGradients} throw. */
export function refuseGradients(tf: typeof TF): void {
  for (const [kernelName, { reason, when }] of Object.entries(refusedGradients)) {
    const original = tf.getGradient(kernelName);
    tf.registerGradient({
      ...original,
      kernelName,
      gradFunc(dy, saved, attributes) {
        if (when === undefined || when(tf, saved[0].shape, attributes)) {
          throw new Error(
            `Cannot differentiate ${kernelName}: TensorFlow.js' gradient is wrong, ${reason}`,
          );
        }
        return original.gradFunc(dy as Tensor, saved, attributes);
      },
    });
  }
}
