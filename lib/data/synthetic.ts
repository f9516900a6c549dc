/**
 * A ten-class set of 32x32 colour images made by the program itself, so that the demo profile needs
 * no download: five figures (outlines and stripes), each tinted warmer or cooler than its surroundings.
 *
 * A class can be told only from figure *and* tint together: position, size, turn, the colours of
 * the background and whether a figure is lighter or darker than it are all random. Part of the
 * images has so little contrast that a perturbation of 8/255 can hide the figure or turn its tint,
 * which is what makes robust accuracy differ from clean accuracy.
 *
 * @module
 */
import { type Stream, stream } from "../random/philox.ts";
import { toPixels } from "./images.ts";
import { CLASSES, IMAGE_BYTES, type Records, SIDE } from "./records.ts";

/** How hard the images are to tell apart. */
export interface Difficulty {
  /**
   * Mean difference between a figure and its surroundings, as a share of the full range; with 0 there
   * is none, and no class can be told.
   */
  readonly contrast: number;
  /** Standard deviation of the noise on every channel of every pixel, pixels in [0, 1]. */
  readonly noise: number;
  /** Number of random strokes and spots behind the figure. */
  readonly clutter: number;
}

/** What images that are made so are called; a change that makes other images takes another name. */
export const SYNTHETIC_NAME = "synthetic-v1";

/** The difficulty of {@linkcode SYNTHETIC_NAME} where a profile names no other. */
export const DIFFICULTY: Difficulty = { contrast: 0.22, noise: 0.04, clutter: 4 };

type Point = readonly [x: number, y: number];

const disc = (x: number, y: number) => Math.hypot(x, y) - 0.95;
/** Stripes across a coordinate: three in a figure. */
const stripes = (t: number) => Math.abs(t - 0.65 * Math.round(t / 0.65)) - 0.18;

/** Signed distances to figures of "radius" 1 around the origin; negative inside. */
const FIGURES: Readonly<Record<string, (x: number, y: number) => number>> = {
  disc,
  ring: (x, y) => Math.abs(Math.hypot(x, y) - 0.75) - 0.22,
  bars: (x, y) => Math.max(disc(x, y), stripes(y)),
  columns: (x, y) => Math.max(disc(x, y), stripes(x)),
  cross: (x, y) => {
    const along = Math.max(Math.abs(x), Math.abs(y)), across = Math.min(Math.abs(x), Math.abs(y));
    return Math.max(along - 1, across - 0.3);
  },
};
const DISTANCES = Object.values(FIGURES);

/** Names of the ten classes, by label. */
export const SYNTHETIC_CLASSES: readonly string[] = Object.keys(FIGURES).flatMap((figure) => [
  `warm ${figure}`,
  `cool ${figure}`,
]);

/**
 * Makes images with labels; image i depends on seed, split and i alone, so that fewer images are a
 * prefix of more.
 *
 * @param count How many images; every ten in a row hold each class once
 * @throws {RangeError} If the difficulty is out of range
 */
export function syntheticRecords(
  seed: bigint | number,
  split: "train" | "test",
  count: number,
  difficulty: Difficulty = DIFFICULTY,
): Records {
  check(difficulty);
  const labels = new Uint8Array(count);
  const pixels = new Uint8Array(count * IMAGE_BYTES);
  for (let i = 0; i < count; i++) {
    if (i % CLASSES === 0) {
      const order = stream(seed, "synthetic", split, "labels", i / CLASSES).permutation(CLASSES);
      labels.set(order.subarray(0, count - i), i);
    }
    const image = render(labels[i], stream(seed, "synthetic", split, "image", i), difficulty);
    pixels.set(toPixels(image), i * IMAGE_BYTES);
  }
  return { labels, pixels };
}

function check({ contrast, noise, clutter }: Difficulty): void {
  const rules: [name: string, value: number, ok: boolean, allowed: string][] = [
    ["contrast", contrast, contrast >= 0 && contrast <= 1, "from 0 to 1"],
    ["noise", noise, noise >= 0 && noise <= 1, "from 0 to 1"],
    ["clutter", clutter, Number.isInteger(clutter) && clutter >= 0, "a whole number from 0"],
  ];
  for (const [name, value, ok, allowed] of rules) {
    if (!ok) {
      throw new RangeError(
        `Cannot make synthetic images: difficulty.${name} is ${value}, expected ${allowed}`,
      );
    }
  }
}

/** One image of a class: shape [32, 32, 3], in [0, 1]. */
function render(label: number, random: Stream, difficulty: Difficulty): Float32Array {
  const image = new Float32Array(IMAGE_BYTES);
  const between = (low: number, high: number) => low + (high - low) * random.uniform();
  const sign = () => random.integer(2) === 0 ? -1 : 1;
  const colour = (size: number): number[] => [0, 1, 2].map(() => between(-size, size));

  paintBackground(image, [0, 1, 2].map(() => between(0.4, 0.6)), between(0, 6.28), colour(0.08));
  for (let i = 0; i < difficulty.clutter; i++) {
    const from: Point = [between(0, SIDE), between(0, SIDE)];
    const angle = between(0, 6.28), length = between(0, 10), width = between(0.6, 2);
    const to: Point = [from[0] + length * Math.cos(angle), from[1] + length * Math.sin(angle)];
    paint(image, colour(0.5 * difficulty.contrast), (x, y) => toSegment([x, y], from, to) - width);
  }

  const distance = DISTANCES[label >> 1];
  const radius = between(9, 12), turn = between(-0.2, 0.2);
  const centre: Point = [between(13, 19), between(13, 19)];
  // From 0.4 to 1.6 times the mean contrast, so that some images are fragile and some not.
  const light = sign() * difficulty.contrast * between(0.4, 1.6);
  const tint = (label % 2 === 0 ? 1 : -1) * 0.8 * difficulty.contrast * between(0.4, 1.6);
  const cos = Math.cos(turn) / radius, sin = Math.sin(turn) / radius;
  paint(image, [light + tint, light, light - tint], (x, y) => {
    const u = x - centre[0], v = y - centre[1];
    return distance(u * cos + v * sin, v * cos - u * sin) * radius;
  });
  for (let i = 0; i < image.length; i++) image[i] += difficulty.noise * random.normal();
  return image;
}

/** A colour that changes evenly across the image. */
function paintBackground(image: Float32Array, base: number[], angle: number, slope: number[]) {
  const cos = Math.cos(angle), sin = Math.sin(angle);
  for (let at = 0; at < image.length; at++) {
    const pixel = Math.floor(at / 3), channel = at % 3;
    const x = pixel % SIDE - SIDE / 2, y = Math.floor(pixel / SIDE) - SIDE / 2;
    image[at] = base[channel] + slope[channel] * (x * cos + y * sin) / (SIDE / 2);
  }
}

/** Adds a colour where `distance` (in pixels) is negative, fading over one pixel at the edge. */
function paint(image: Float32Array, colour: number[], distance: (x: number, y: number) => number) {
  for (let pixel = 0; pixel < SIDE * SIDE; pixel++) {
    const x = pixel % SIDE + 0.5, y = Math.floor(pixel / SIDE) + 0.5;
    const cover = Math.min(1, Math.max(0, 0.5 - distance(x, y)));
    if (cover === 0) continue;
    for (let channel = 0; channel < 3; channel++) {
      image[3 * pixel + channel] += cover * colour[channel];
    }
  }
}

/** Distance of a point from the segment between two others. */
function toSegment([x, y]: Point, [ax, ay]: Point, [bx, by]: Point): number {
  const dx = bx - ax, dy = by - ay, square = dx * dx + dy * dy;
  const along = square === 0 ? 0 : ((x - ax) * dx + (y - ay) * dy) / square;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}
