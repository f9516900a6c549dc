/**
 * One training step as one program: loss, gradients (double backprop for IGR), batch-norm
 * statistics and optimiser. Its state never leaves the engine between steps.
 *
 * @module
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Precision, Program, Spec, Tensors } from "../engines/engine.ts";
import { forward } from "../models/forward.ts";
import { type Network, statistics, variables } from "../models/network.ts";
import { tf } from "../tensorflow/mod.ts";
import type { Objective } from "./method.ts";
import { evaluateObjective } from "./objectives.ts";
import { createOptimizer, type Optimizer, type OptimizerOptions } from "./optimizer.ts";
import type { PassOptions } from "./step_context.ts";

/** What a step is made of. */
export interface StepOptions {
  readonly network: Network;
  readonly objective: Objective;
  readonly optimizer: OptimizerOptions;
  readonly batchSize: number;
  readonly batchNorm: {
    /** `train`: batch statistics; `eval`: frozen running statistics (Rodriguez-Munoz et al. 2024). */
    readonly mode: "train" | "eval";
    /** Weight of the newest batch in the running statistics, PyTorch's `momentum`. */
    readonly momentum: number;
  };
  /**
   * Of the convolutions, in all passes; weights, momentum, batch norm, losses and sums stay float32.
   */
  readonly precision?: Precision;
}

/** Sums over steps that the program keeps, in the order of its `totals`. */
export const totalNames = ["loss", "cross_entropy", "input_gradient_norm", "correct"] as const;

/**
 * The program's state by name: inputs that are donated to the outputs of the same names.
 *
 * @param kept Shapes of what the objective keeps from step to step
 * @param buffers Those of the optimiser, by default of SGD
 */
export function stateSpecs(
  network: Network,
  kept: Readonly<Record<string, readonly number[]>> = {},
  buffers: Optimizer["buffers"] = ["momentum"],
): Record<string, Spec> {
  const specs: Record<string, Spec> = {};
  const add = (name: string, shape: readonly number[]) => specs[name] = { shape, dtype: "float32" };
  for (const [name, { shape }] of Object.entries(variables(network))) {
    add(`weight/${name}`, shape);
    for (const buffer of buffers) add(`${buffer}/${name}`, shape);
  }
  for (const [name, shape] of Object.entries(statistics(network))) add(`statistic/${name}`, shape);
  for (const [name, shape] of Object.entries(kept)) add(`method/${name}`, shape);
  add("totals", [totalNames.length]);
  return specs;
}

/** Names of the step's arrays of random numbers. */
export const noiseNames = ({ inputs: { noise } }: Objective): string[] =>
  Array.from({ length: noise }, (_, i) => i === 0 ? "noise" : `noise${i + 1}`);

/** The tensors of a group, by their names in it. */
const group = (tensors: Tensors, prefix: string): Tensors =>
  Object.fromEntries(
    Object.entries(tensors).flatMap(([name, tensor]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), tensor]] : []
    ),
  );

/**
 * The program of a training step.
 *
 * Inputs: the state, `images` `[N, H, W, C]`, `labels` int32 `[N]`, the optimiser's numbers, and as the
 * objective asks for them `noise`, `noise2`… in [-1, 1) and `ramp` in [0, 1]. Outputs: the state after
 * the step.
 */
export function stepProgram(options: StepOptions): Program {
  const { network, objective, batchSize, batchNorm, precision } = options;
  const optimizer = createOptimizer(options.optimizer);
  const shape = [batchSize, ...network.image];
  const state = stateSpecs(network, objective.state(shape), optimizer.buffers);
  const noise = noiseNames(objective);
  const images: Spec = { shape, dtype: "float32" }, scalar: Spec = { shape: [], dtype: "float32" };
  const numbers = Object.keys(optimizer.numbers(0, 0));
  return {
    name: `${objective.name} training step`,
    inputs: {
      ...state,
      images,
      labels: { shape: [batchSize], dtype: "int32" },
      ...Object.fromEntries(numbers.map((name) => [name, scalar])),
      ...Object.fromEntries(noise.map((name) => [name, images])),
      ...objective.inputs.rampEpochs > 0 ? { ramp: scalar } : {},
    },
    donate: Object.fromEntries(Object.keys(state).map((name) => [name, name])),
    ...precision ? { precision } : {},
    build(inputs) {
      const weights = group(inputs, "weight/");
      let running = group(inputs, "statistic/");
      const pass = (tensors: Tensors, x: Tensor4D, options?: PassOptions) =>
        forward(network, { ...running, ...tensors }, x, { mode: batchNorm.mode, ...options });
      const labels = tf.oneHot(
        inputs.labels as Tensor1D,
        network.classes,
        1,
        0,
        "float32",
      ) as Tensor2D;
      const result = evaluateObjective(objective, {
        pass,
        weights,
        images: inputs.images as Tensor4D,
        labels,
        noise: noise.map((name) => inputs[name] as Tensor4D),
        ramp: inputs.ramp,
        state: group(inputs, "method/"),
      });
      for (const batch of result.batchStatistics) {
        running = { ...running, ...blend(running, batch, batchNorm.momentum) };
      }
      const outputs: Tensors = {};
      for (const name of Object.keys(weights)) {
        const kept = Object.fromEntries(
          optimizer.buffers.map((buffer) => [buffer, inputs[`${buffer}/${name}`]]),
        );
        const next = optimizer.update(weights[name], result.gradients[name], kept, inputs);
        outputs[`weight/${name}`] = next.weight;
        for (const buffer of optimizer.buffers) {
          outputs[`${buffer}/${name}`] = next.buffers[buffer];
        }
      }
      for (const [name, tensor] of Object.entries(running)) outputs[`statistic/${name}`] = tensor;
      for (const [name, tensor] of Object.entries(result.state)) outputs[`method/${name}`] = tensor;
      const sums: Scalar[] = [
        result.loss,
        result.crossEntropy,
        result.inputGradientNorm,
        tf.div(result.correct, batchSize),
      ];
      outputs.totals = tf.add(inputs.totals, tf.stack(sums));
      // in the order of the inputs
      return Object.fromEntries(Object.keys(state).map((name) => [name, outputs[name]]));
    },
  };
}

/** Moves running statistics towards those of a batch. */
function blend(running: Tensors, batch: Tensors, momentum: number): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(batch).map(([name, value]) => [
      name,
      tf.add(tf.mul(running[name], 1 - momentum), tf.mul(value, momentum)),
    ]),
  );
}
