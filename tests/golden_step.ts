/** A training step beside PyTorch's in float64. @module */
import { assertEquals } from "@std/assert";
import type { HostData, Program } from "../lib/engines/mod.ts";
import { type Network, variables } from "../lib/models/network.ts";
import { toTorchLayout } from "../lib/models/weights.ts";
import { type Objective, objectiveOf } from "../lib/training/method.ts";
import { method as fgsm } from "../lib/training/methods/fgsm.ts";
import { method as igr } from "../lib/training/methods/igr.ts";
import { method as natural } from "../lib/training/methods/natural.ts";
import { stepProgram } from "../lib/training/step.ts";
import { assertClose } from "./close.ts";
import {
  decodeFloats,
  goldenBatch,
  type GoldenStep,
  goldenTensors,
  type Setting,
} from "./golden_values.ts";
import type { DataOf } from "./run_once.ts";

const RATE = 0.125;

/**
 * The program that training runs. Without weight decay, the momentum that a first step leaves is the
 * gradient.
 */
export function stepOf(
  network: Network,
  objective: Objective,
  { batch, mode = "train" }: Pick<Setting, "batch"> & { readonly mode?: "train" | "eval" },
): Program {
  return stepProgram({
    network,
    objective,
    optimizer: { momentum: 0.9, nesterov: false, weight_decay: 0 },
    batchSize: batch,
    batchNorm: { mode, momentum: 0.1 },
  });
}

/** The program of golden values. */
export function goldenStep(golden: GoldenStep, network: Network): Program {
  const { method, step_size, epsilon, lambda } = golden;
  const objective: Objective = method === "natural"
    ? objectiveOf(natural, {})
    : method === "fgsm"
    ? objectiveOf(fgsm, { epsilon, step_size: epsilon, start: "zero" })
    : method === "fgsm_random"
    ? objectiveOf(fgsm, { epsilon, step_size, start: "random" })
    : objectiveOf(igr, { lambda, epsilon, ramp_epochs: 0 });
  const mode = method === "igr_eval" ? "eval" : "train";
  return stepOf(network, objective, { batch: golden.batch, mode });
}

/** What a step is given: weights, a batch, and no momentum. */
export function stepData(network: Network, setting: Setting): DataOf {
  const tensors = goldenTensors(network, setting.seed);
  const { images, labels, noise } = goldenBatch(setting);
  const batch: Record<string, ReturnType<DataOf>> = {
    images: images.data,
    labels,
    noise: noise.data,
    learning_rate: Float32Array.of(RATE),
  };
  return (name, { shape }) => {
    const tensor = tensors[name.slice(name.indexOf("/") + 1)];
    return batch[name] ??
      (tensor && !name.startsWith("momentum/")
        ? tensor.data
        : new Float32Array(shape.reduce((product, n) => product * n, 1)));
  };
}

/**
 * Holds loss, every gradient and the running statistics of a step to PyTorch's.
 *
 * @param outputs Shapes of what the program returns
 */
export function assertStep(
  result: Readonly<Record<string, HostData>>,
  outputs: Readonly<Record<string, { readonly shape: readonly number[] }>>,
  golden: GoldenStep,
  network: Network,
): void {
  const tensors = goldenTensors(network, golden.seed);
  const torch = (name: string) =>
    toTorchLayout({
      shape: outputs[name].shape,
      data: result[name] as Float32Array<ArrayBuffer>,
    }).data;
  const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, label: string) =>
    assertClose(actual, expected, 1e-4, { label });
  const [loss, crossEntropy, norm] = result.totals;
  close([loss], [golden.loss], "loss");
  close([crossEntropy], [golden.cross_entropy ?? golden.loss], "cross-entropy");
  close([norm], [golden.penalty ?? 0], "input gradient norm");
  assertEquals(
    Object.keys(variables(network)).toSorted(),
    Object.keys(golden.gradients).toSorted(),
  );
  for (const [name, text] of Object.entries(golden.gradients)) {
    const expected = decodeFloats(text), before = toTorchLayout(tensors[name]).data;
    close(torch(`momentum/${name}`), expected, `gradient of ${name}`);
    const after = before.map((weight, i) => weight - RATE * expected[i]);
    close(torch(`weight/${name}`), after, `${name} after the step`);
  }
  for (const [name, text] of Object.entries(golden.statistics)) {
    // tight enough to tell the unbiased variance from the biased one
    assertClose(torch(`statistic/${name}`), decodeFloats(text), 1e-5, { label: name });
  }
}
