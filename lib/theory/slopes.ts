/** Losses and input gradients at many points: all that the theory's numbers are made of. @module */
import type { Request, Response } from "../attacks/attack.ts";
import type { Loss } from "../attacks/loss.ts";
import { margin } from "../attacks/logits.ts";
import type { Victim } from "../attacks/victim/victim.ts";

/** The part of a model that is used here. */
export type Evaluator = Pick<Victim, "batchSize" | "evaluate">;

/** What the model says at one point. */
export interface Slope {
  /** In float64 from the model's float32 logits. */
  readonly loss: number;
  /** `[classes]` */
  readonly logits: Float32Array;
  /** Gradient of the loss with respect to the pixels, `[H, W, C]`. */
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

/**
 * The highest other logit minus the label's: below 0 where the model is correct, and only there. It has
 * a kink where two other classes are equally high, whatever the activation.
 */
export const marginLoss: Loss = ({ tf, logits, labels }) =>
  tf.sub(
    tf.max(tf.sub(logits, tf.mul(labels, FAR)), 1),
    tf.sum(tf.mul(logits, labels), 1),
  );

/** More than any two logits differ, and no more than float32 can add to them. */
const FAR = 1e6;

/** A loss by which a model is measured: its name among the victim's losses, and its value. */
export interface MeasuredLoss {
  readonly name: string;
  readonly valueOf: (logits: ArrayLike<number>, label: number) => number;
  /** `L_0` of Proposition 2.1: the model is correct where the loss is below. */
  readonly threshold: number;
}

/**
 * Below `log 2` the label has more than half of the probability, so that the model is correct whatever
 * the other classes have. No larger threshold is safe: two classes may share all of the probability.
 */
export const CROSS_ENTROPY: MeasuredLoss = {
  name: "cross_entropy",
  valueOf: crossEntropyOf,
  threshold: Math.LN2,
};

/** A loss whose threshold is exact. */
export const MARGIN: MeasuredLoss = {
  name: "margin",
  valueOf: (logits, label) => 0 - margin(logits, label),
  threshold: 0,
};

/** Answers any number of requests for gradients, a block after another. */
export async function evaluateAll(
  victim: Evaluator,
  requests: readonly Request[],
): Promise<Response[]> {
  const answers: Response[] = [];
  while (answers.length < requests.length) {
    const from = answers.length;
    answers.push(...await victim.evaluate(requests.slice(from, from + victim.batchSize)));
  }
  return answers;
}

/** The slopes of a model's loss in an engine. */
export const slopesOf =
  (victim: Evaluator, { name: loss, valueOf }: MeasuredLoss): Slopes => async (points) =>
    (await evaluateAll(victim, points.map(({ point, label }) => ({ point, label, loss }))))
      .map(({ logits, gradient }, i) => ({
        loss: valueOf(logits, points[i].label),
        logits,
        gradient,
      }));
