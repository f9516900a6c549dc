/** Clean evaluation of labelled images, and what attacks on them leave. @module */
import { predict } from "../logits.ts";
import type { Sample } from "../attack.ts";
import type { Victim } from "./victim.ts";

/** Images to attack, with their labels. */
export interface LabelledImages {
  /** `[N, H, W, C]`, pixels in [0, 1] */
  readonly images: Float32Array<ArrayBuffer>;
  readonly labels: ArrayLike<number>;
  /** Names of the images' random streams; 0 to N - 1 by default. */
  readonly indices?: ArrayLike<number>;
}

/** What the model makes of images. */
export interface Evaluation {
  /** `[N, classes]` */
  readonly logits: Float32Array<ArrayBuffer>;
  /** Whether each image is classified as labelled. */
  readonly correct: readonly boolean[];
  /** Share that is; 0 for no images. */
  readonly accuracy: number;
}

/** Share of true verdicts; 0 for none. */
export const share = (verdicts: readonly boolean[]): number =>
  verdicts.length === 0 ? 0 : verdicts.filter(Boolean).length / verdicts.length;

/**
 * One forward pass over all images.
 *
 * @throws {RangeError} If the images, labels or pixels are not what the model takes
 */
export async function evaluateLogits(
  victim: Victim,
  { images, labels }: LabelledImages,
): Promise<Evaluation> {
  check(victim, { images, labels });
  const { classes, batchSize } = victim, count = labels.length;
  const logits = new Float32Array(count * classes), correct: boolean[] = [];
  for (let from = 0; from < count; from += batchSize) {
    const block = Array.from({ length: Math.min(batchSize, count - from) }, (_, i) => ({
      point: imageAt(victim, images, from + i),
      label: labels[from + i],
    }));
    for (const answer of await victim.evaluate(block)) {
      logits.set(answer.logits, correct.length * classes);
      correct.push(predict(answer.logits) === labels[correct.length]);
    }
  }
  return { logits, correct, accuracy: share(correct) };
}

/** The `i`-th of images `[N, H, W, C]`, not copied. */
export function imageAt({ image }: Victim, images: Float32Array, i: number): Float32Array {
  const size = image[0] * image[1] * image[2];
  return images.subarray(i * size, (i + 1) * size);
}

/** The images chosen by `wanted`, ready to attack; `positions` says where they were. */
export function toSamples(
  victim: Victim,
  { images, labels, indices }: LabelledImages,
  logits: Float32Array,
  wanted: (position: number) => boolean,
): { samples: Sample[]; positions: number[] } {
  const positions = Array.from({ length: labels.length }, (_, i) => i).filter(wanted);
  const samples = positions.map((i) => ({
    image: imageAt(victim, images, i),
    label: labels[i],
    index: indices?.[i] ?? i,
    logits: logits.subarray(i * victim.classes, (i + 1) * victim.classes),
  }));
  return { samples, positions };
}

/** What an attack leaves. */
export interface AttackResult {
  /** `[N, H, W, C]`, in the ball and in [0, 1]; images misclassified from the start are unchanged. */
  readonly adversarial: Float32Array<ArrayBuffer>;
  readonly clean: readonly boolean[];
  /** Whether each image is classified as labelled both clean and at its adversarial example. */
  readonly robust: readonly boolean[];
  readonly cleanAccuracy: number;
  /** Recomputed from `adversarial` by a forward pass of its own. */
  readonly robustAccuracy: number;
}

function check({ classes, image }: Victim, { images, labels }: LabelledImages): void {
  const size = image[0] * image[1] * image[2];
  if (images.length !== labels.length * size) {
    throw new RangeError(
      `Cannot attack images: ${labels.length} labels and images of ${image.join("x")} expect ${
        labels.length * size
      } values, found ${images.length}`,
    );
  }
  const bad = Array.from(labels).findIndex((y) => !(Number.isInteger(y) && y >= 0 && y < classes));
  if (bad >= 0) {
    throw new RangeError(
      `Cannot attack image ${bad}: its label is ${labels[bad]}, expected 0 to ${classes - 1}`,
    );
  }
  const outside = images.findIndex((value) => !(value >= 0 && value <= 1));
  if (outside >= 0) {
    throw new RangeError(
      `Cannot attack image ${Math.floor(outside / size)}: a pixel is ${
        images[outside]
      }, expected [0, 1]; normalisation belongs inside the model`,
    );
  }
}
