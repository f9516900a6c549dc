/** What attacks and evaluations see of a network. @module */
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";

/** A named array on the host, row major. */
export interface HostTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

/**
 * A trained classifier in evaluation mode. Programs built from `logits` take the weights as
 * inputs, so one compiled program serves every model of the same architecture.
 */
export interface Classifier {
  /** Names the architecture, not the weights, for example `preact_resnet18 gelu`. */
  readonly name: string;
  readonly classes: number;
  /** Height, width and channels of an image. */
  readonly image: readonly [height: number, width: number, channels: number];
  readonly weights: Readonly<Record<string, HostTensor>>;
  /**
   * Logits `[N, classes]` of images `[N, H, W, C]` with pixels in [0, 1]; normalisation is inside,
   * batch norm uses its running statistics.
   */
  readonly logits: (weights: Tensors, images: Tensor4D) => Tensor2D;
  /** The same as far as bfloat16 tells numbers apart, and cheaper, where there is such a thing. */
  readonly rounded?: Classifier["logits"];
}
