/**
 * RandAugment as timm has it for `rand-m9-mstd0.5-inc1`: operations that grow with the magnitude, drawn
 * with replacement (Cubuk et al. 2020; timm, `auto_augment.py`).
 *
 * @module
 */
import type { Stream } from "../../random/philox.ts";
import { rotate, transform } from "./affine.ts";
import type { ByteImage } from "./byte_image.ts";
import * as tones from "./tones.ts";

/** How images are changed. */
export interface RandAugment {
  /** Operations drawn for an image. */
  readonly operations: number;
  /** Of an operation that was drawn to be done. */
  readonly probability: number;
  /** Mean of the magnitudes, from 0 to 10. */
  readonly magnitude: number;
  /** Their standard deviation; they are cut off at 0 and 10. */
  readonly magnitude_deviation: number;
}

/** An operation of strength `level` from 0 to 1, to one side or the other. */
type Operation = (
  image: ByteImage,
  given: {
    readonly level: number;
    /** 1 or -1, drawn where it is asked for. */
    readonly side: () => number;
    readonly fill: readonly number[];
  },
) => ByteImage;

type Enhance = (image: ByteImage, factor: number) => ByteImage;

/** Less or more of something that an image has by 1. */
const enhanced = (enhance: Enhance): Operation => (image, { level, side }) =>
  enhance(image, Math.max(0.1, 1 + side() * level * 0.9));

/** All operations, in timm's order. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  AutoContrast: (image) => tones.autoContrast(image),
  Equalize: (image) => tones.equalize(image),
  Invert: (image) => tones.invert(image),
  Rotate: (image, { level, side, fill }) => rotate(image, side() * level * 30, fill),
  PosterizeIncreasing: (image, { level }) => tones.posterize(image, 4 - Math.trunc(level * 4)),
  SolarizeIncreasing: (image, { level }) =>
    tones.solarize(image, 256 - Math.min(256, Math.trunc(level * 256))),
  SolarizeAdd: (image, { level }) =>
    tones.solarizeAdd(image, Math.min(128, Math.trunc(level * 110))),
  ColorIncreasing: enhanced(tones.color),
  ContrastIncreasing: enhanced(tones.contrast),
  BrightnessIncreasing: enhanced(tones.brightness),
  SharpnessIncreasing: enhanced(tones.sharpness),
  ShearX: (image, { level, side, fill }) =>
    transform(image, [1, side() * level * 0.3, 0, 0, 1, 0], fill),
  ShearY: (image, { level, side, fill }) =>
    transform(image, [1, 0, 0, side() * level * 0.3, 1, 0], fill),
  TranslateXRel: (image, { level, side, fill }) =>
    transform(image, [1, 0, side() * level * 0.45 * image.width, 0, 1, 0], fill),
  TranslateYRel: (image, { level, side, fill }) =>
    transform(image, [1, 0, 0, 0, 1, side() * level * 0.45 * image.height], fill),
};

const ALL = Object.values(OPERATIONS);

/**
 * Changes an image.
 *
 * @param fill What comes from outside of it, a byte a channel
 */
export function randAugment(
  image: ByteImage,
  { operations, probability, magnitude, magnitude_deviation }: RandAugment,
  fill: readonly number[],
  random: Stream,
): ByteImage {
  for (let i = 0; i < operations; i++) {
    const operation = ALL[random.integer(ALL.length)];
    if (random.uniform() >= probability) continue;
    const drawn = magnitude + magnitude_deviation * random.normal();
    const level = Math.min(Math.max(drawn, 0), 10) / 10;
    image = operation(image, { level, side: () => random.uniform() < 0.5 ? 1 : -1, fill });
  }
  return image;
}
