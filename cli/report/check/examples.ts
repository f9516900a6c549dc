/**
 * Adversarial examples in few bytes and without loss: most pixels lie on the border of the ball around
 * their image, so that two bits say where.
 *
 * @module
 */
import { ballAround } from "../../../lib/attacks/ball.ts";

/** Adversarial examples beside the images that they were made of. */
export interface PackedExamples {
  /** Of each image whether its example is another: 1, or 0 where it is the image itself. */
  readonly changed: Uint8Array;
  /** Four pixels a byte, of the changed examples one after another. */
  readonly codes: Uint8Array;
  /** The values of pixels that no code stands for, in their order. */
  readonly others: Float32Array;
}

/** What a pixel is: the least or the largest value of its ball, that of the image, or another. */
const LOWER = 0, UPPER = 1, SAME = 2, OTHER = 3;

/** Whether two floats have the same bits; NaN has none that count. */
const same = (a: number, b: number) => a === b && (a !== 0 || Object.is(a, b));

/**
 * Packs examples.
 *
 * @param images Pixels in [0, 1], `size` an image
 * @param examples As many, in the same layout
 * @param epsilon Radius of the ball, L-infinity
 */
export function packExamples(
  images: Float32Array,
  examples: Float32Array,
  { size, epsilon }: { readonly size: number; readonly epsilon: number },
): PackedExamples {
  const count = images.length / size, changed = new Uint8Array(count);
  const codes: number[] = [], others: number[] = [];
  for (let i = 0; i < count; i++) {
    const image = images.subarray(i * size, (i + 1) * size);
    const example = examples.subarray(i * size, (i + 1) * size);
    if (example.every((value, k) => same(value, image[k]))) continue;
    changed[i] = 1;
    const { lower, upper } = ballAround(image, epsilon);
    for (let k = 0; k < size; k++) {
      const value = example[k];
      const code = same(value, lower[k])
        ? LOWER
        : same(value, upper[k])
        ? UPPER
        : same(value, image[k])
        ? SAME
        : OTHER;
      codes.push(code);
      if (code === OTHER) others.push(value);
    }
  }
  const bytes = new Uint8Array(Math.ceil(codes.length / 4));
  codes.forEach((code, n) => bytes[n >> 2] |= code << (2 * (n & 3)));
  return { changed, codes: bytes, others: Float32Array.from(others) };
}

/**
 * The examples that were packed, bit by bit.
 *
 * @throws {RangeError} If there are fewer codes or values than pixels
 */
export function unpackExamples(
  { changed, codes, others }: PackedExamples,
  images: Float32Array,
  { size, epsilon }: { readonly size: number; readonly epsilon: number },
): Float32Array<ArrayBuffer> {
  const examples = Float32Array.from(images);
  let at = 0, other = 0;
  changed.forEach((flag, i) => {
    if (flag === 0) return;
    const image = images.subarray(i * size, (i + 1) * size);
    const { lower, upper } = ballAround(image, epsilon);
    for (let k = 0; k < size; k++, at++) {
      const code = codes[at >> 2] >> (2 * (at & 3)) & 3;
      examples[i * size + k] = code === LOWER
        ? lower[k]
        : code === UPPER
        ? upper[k]
        : code === SAME
        ? image[k]
        : others[other++];
    }
  });
  if (at > 4 * codes.length || other !== others.length) {
    throw new RangeError(
      `Cannot unpack the adversarial examples: ${4 * codes.length} codes and ${others.length} ` +
        `values, expected ${at} and ${other}`,
    );
  }
  return examples;
}
