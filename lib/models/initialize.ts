/** @module */
import { stream } from "../random/philox.ts";
import { sizeOf } from "../tracing/graph.ts";
import { initialSlope } from "./activations.ts";
import type { ModelCard } from "./card.ts";
import type { HostTensor } from "./classifier.ts";
import { statistics, variables } from "./preact_resnet.ts";

/**
 * Initial weights and running statistics as PyTorch's defaults: convolutions and the linear layer
 * uniform in ±1/sqrt(fan in) (`kaiming_uniform_` with `a = sqrt(5)`), batch norm 1 and 0, PReLU's
 * slope 0.25, running mean 0 and variance 1.
 *
 * @param seed The cell's seed
 * @returns Tensors in this project's layout by their `state_dict` names
 */
export function initialize(card: ModelCard, seed: bigint | number): Record<string, HostTensor> {
  const tensors: Record<string, HostTensor> = {};
  for (const [name, { shape, role, fanIn }] of Object.entries(variables(card))) {
    const data = new Float32Array(sizeOf(shape));
    const bound = 1 / Math.sqrt(fanIn);
    if (role === "scale") data.fill(1);
    else if (role === "slope") data.fill(initialSlope);
    else if (role !== "shift") stream(seed, "initialize", name).fill(data, -bound, bound);
    tensors[name] = { shape, data };
  }
  for (const [name, shape] of Object.entries(statistics(card))) {
    const data = new Float32Array(sizeOf(shape)).fill(name.endsWith("running_var") ? 1 : 0);
    tensors[name] = { shape, data };
  }
  return tensors;
}
