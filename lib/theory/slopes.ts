/** Losses and input gradients at many points: all that the theory's numbers are made of. @module */
import type { Request, Response } from "../attacks/attack.ts";
import type { Victim } from "../attacks/victim/victim.ts";

/** What the model says at one point. */
export interface Slope {
  /** Cross-entropy of the label in nats, in float64 from the model's float32 logits. */
  readonly loss: number;
  /** `[classes]` */
  readonly logits: Float32Array;
  /** Gradient of the cross-entropy with respect to the pixels, `[H, W, C]`. */
  readonly gradient: Float32Array;
}

/** A point of the space of images, which may lie outside of [0, 1], and the label of its image. */
export interface LabelledPoint {
  /** `[H, W, C]` */
  readonly point: Float32Array;
  readonly label: number;
}

/** Gives the slopes at points, in their order. */
export type Slopes = (points: readonly LabelledPoint[]) => Promise<Slope[]>;

/** `-log softmax(z)_y` in float64, without overflow. */
export function crossEntropyOf(logits: ArrayLike<number>, label: number): number {
  let top = -Infinity, sum = 0;
  for (let i = 0; i < logits.length; i++) top = Math.max(top, logits[i]);
  for (let i = 0; i < logits.length; i++) sum += Math.exp(logits[i] - top);
  return top - logits[label] + Math.log(sum);
}

/** Answers any number of requests for gradients, a block after another. */
export async function evaluateAll(
  victim: Pick<Victim, "batchSize" | "evaluate">,
  requests: readonly Request[],
): Promise<Response[]> {
  const answers: Response[] = [];
  while (answers.length < requests.length) {
    const from = answers.length;
    answers.push(...await victim.evaluate(requests.slice(from, from + victim.batchSize)));
  }
  return answers;
}

/** The slopes of a model in an engine. */
export const slopesOf =
  (victim: Pick<Victim, "batchSize" | "evaluate">): Slopes => async (points) =>
    (await evaluateAll(
      victim,
      points.map(({ point, label }) => ({ point, label, loss: "cross_entropy" })),
    )).map(({ logits, gradient }, i) => ({
      loss: crossEntropyOf(logits, points[i].label),
      logits,
      gradient,
    }));
