/** Logits, losses and input gradients in evaluation mode beside PyTorch's in float64. @module */
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { HostData, Program } from "../lib/engines/mod.ts";
import { classifier } from "../lib/models/load.ts";
import type { Network } from "../lib/models/network.ts";
import { tf } from "../lib/tensorflow/mod.ts";
import { crossEntropy } from "../lib/training/objectives.ts";
import { signStep } from "../lib/training/sign_step.ts";
import { assertClose } from "./close.ts";
import { goldenBatch, goldenTensors, type Setting } from "./golden_values.ts";
import type { DataOf } from "./run_once.ts";

/** What PyTorch gives, by activation. */
export interface GoldenEvaluation extends Setting {
  readonly activations: Readonly<
    Record<string, {
      readonly logits: readonly number[][];
      readonly losses: readonly number[];
      readonly input_gradient_norms: readonly number[];
      readonly participation_ratios: readonly number[];
      readonly linearization_errors: readonly number[];
      readonly fgsm_losses: readonly number[];
    }>
  >;
}

/** The program and what it is given: with running statistics, per sample. */
export function evaluationOf(
  network: Network,
  setting: Setting,
): { program: Program; data: DataOf } {
  const { epsilon } = setting, { images, labels } = goldenBatch(setting);
  const { logits, weights, classes } = classifier(network, goldenTensors(network, setting.seed));
  const inputs = { ...weights, images };
  const program: Program = {
    name: "golden evaluation",
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, { shape }]) => [name, { shape, dtype: "float32" }]),
    ),
    build: (tensors) => {
      const images = tensors.images as Tensor4D;
      const oneHot = tf.oneHot(tf.tensor1d([...labels], "int32"), classes) as Tensor2D;
      const losses = (x: Tensor) => crossEntropy(logits(tensors, x as Tensor4D), oneHot);
      const gradient = tf.grad((x) => tf.sum(losses(x)));
      const slope = gradient(images), delta = tf.mul(tf.sign(slope), epsilon);
      const linear = tf.add(losses(images), tf.sum(tf.mul(slope, delta), [1, 2, 3]));
      const adversarial = signStep({ tf, images }, { epsilon, step_size: epsilon }, gradient);
      return {
        logits: logits(tensors, images),
        losses: losses(images),
        gradients: slope,
        input_gradient_norms: tf.sum(tf.abs(slope), [1, 2, 3]),
        participation_ratios: tf.div(
          tf.square(tf.sum(tf.abs(slope), [1, 2, 3])),
          tf.sum(tf.square(slope), [1, 2, 3]),
        ),
        linearization_errors: tf.sub(losses(tf.add(images, delta)), linear),
        fgsm_losses: losses(adversarial),
      };
    },
  };
  return { program, data: (name) => inputs[name as keyof typeof inputs].data };
}

/** Holds what the program returns to PyTorch's numbers of an activation. */
export function assertEvaluation(
  result: Readonly<Record<string, HostData>>,
  golden: GoldenEvaluation,
  activation: string,
): void {
  for (const [key, values] of Object.entries(golden.activations[activation])) {
    assertClose(result[key], (values as number[]).flat(), 1e-4, { label: key });
  }
}
