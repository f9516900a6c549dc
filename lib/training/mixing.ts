/**
 * Mixup and CutMix of a batch with itself in reverse order: drawn on the host, one mix a batch, done in
 * the step (Zhang et al. 2018, Yun et al. 2019; timm's `Mixup` in mode `batch`).
 *
 * @module
 */
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { beta } from "../random/beta.ts";
import type { Stream } from "../random/philox.ts";
import { tf } from "../tensorflow/mod.ts";

/** How batches are mixed. */
export interface Mixing {
  /** Both parameters of the beta distribution of mixup's shares; 0 for no mixup. */
  readonly mixup_alpha: number;
  /** The same of CutMix; 0 for no CutMix. */
  readonly cutmix_alpha: number;
  /** Of a batch to be mixed at all. */
  readonly probability: number;
  /** Of a batch that is mixed to be so by CutMix, where there are both. */
  readonly switch_probability: number;
}

/** A mix of two images. */
export type Mix =
  | {
    readonly kind: "mixup";
    /** Of the image itself. */
    readonly share: number;
  }
  | {
    readonly kind: "cutmix";
    /** Of the image itself, before the box is cut to the image. */
    readonly share: number;
    /** Middle of the box that the other image fills, in pixels. */
    readonly middle: readonly [row: number, column: number];
  };

/** Numbers of a mix as a step has it: see {@linkcode encodeMix}. */
export const mixSize = 6;

/** The mix as the step takes it: share of pixels, share of labels; top, bottom, left, right of the box. */
export function encodeMix(
  mix: Mix,
  [height, width]: readonly number[],
): Float32Array<ArrayBuffer> {
  if (mix.kind === "mixup") return Float32Array.of(mix.share, mix.share, 0, 0, 0, 0);
  const side = Math.sqrt(1 - mix.share);
  const [top, bottom, left, right] = [height, width].flatMap((size, axis) => {
    const cut = Math.trunc(size * side), middle = mix.middle[axis];
    const within = (place: number) => Math.min(Math.max(place, 0), size);
    return [within(middle - Math.floor(cut / 2)), within(middle + Math.floor((cut + 1) / 2))];
  });
  const share = 1 - (bottom - top) * (right - left) / (height * width);
  return Float32Array.of(1, share, top, bottom, left, right);
}

/** Draws the mix of a batch. */
export function drawMix(
  { mixup_alpha, cutmix_alpha, probability, switch_probability }: Mixing,
  image: readonly number[],
  random: Stream,
): Float32Array<ArrayBuffer> {
  const none: Mix = { kind: "mixup", share: 1 };
  const alphas = [mixup_alpha, cutmix_alpha];
  if (alphas.every((alpha) => alpha === 0) || random.uniform() >= probability) {
    return encodeMix(none, image);
  }
  const both = alphas.every((alpha) => alpha > 0);
  const cut = both ? random.uniform() < switch_probability : cutmix_alpha > 0;
  const alpha = cut ? cutmix_alpha : mixup_alpha, share = beta(random, alpha, alpha);
  if (!cut) return encodeMix({ kind: "mixup", share }, image);
  const middle = [random.integer(image[0]), random.integer(image[1])] as const;
  return encodeMix({ kind: "cutmix", share, middle }, image);
}

const scalars = (mix: Tensor): Tensor[] =>
  Array.from({ length: mixSize }, (_, at) => tf.reshape(tf.slice(mix, [at], [1]), []));

const blend = (own: Tensor, other: Tensor, share: Tensor) =>
  tf.add(tf.mul(own, share), tf.mul(other, tf.sub(1, share)));

/**
 * Each image of a batch with the one that stands as far from the end; a part of a program.
 *
 * @param images `[N, H, W, C]`
 * @param mix As of {@linkcode encodeMix}, `[mixSize]`; without it images stay as they are
 */
export function mixImages(images: Tensor4D, mix?: Tensor): Tensor4D {
  if (!mix) return images;
  const [, height, width] = images.shape, [share, , top, bottom, left, right] = scalars(mix);
  const between = (size: number, shape: number[], from: Tensor, to: Tensor) => {
    const place = tf.tensor(Float32Array.from({ length: size }, (_, i) => i), shape);
    return tf.logicalAnd(tf.greaterEqual(place, from), tf.less(place, to));
  };
  const inBox = tf.logicalAnd(
    between(height, [1, height, 1, 1], top, bottom),
    between(width, [1, 1, width, 1], left, right),
  );
  const own = tf.mul(share, tf.sub(1, tf.cast(inBox, "float32")));
  return blend(images, tf.reverse(images, [0]), own) as Tensor4D;
}

/**
 * Labels of mixed images.
 *
 * @param own One-hot labels of the images as they were, `[N, classes]`
 * @returns `labels` in the shares of the images, and one-hot those of the larger share
 */
export function mixLabels(
  own: Tensor2D,
  mix?: Tensor,
): { readonly labels: Tensor2D; readonly counted: Tensor2D } {
  if (!mix) return { labels: own, counted: own };
  const [, share] = scalars(mix), other = tf.reverse(own, [0]);
  const larger = tf.cast(tf.greaterEqual(share, 0.5), "float32");
  return {
    labels: blend(own, other, share) as Tensor2D,
    counted: blend(own, other, larger) as Tensor2D,
  };
}
