/** @module */
import { stream } from "../random/philox.ts";
import { sizeOf } from "../tracing/graph.ts";
import type { HostTensor } from "./classifier.ts";
import { type Network, statistics, variables } from "./network.ts";

/**
 * Initial weights and running statistics as PyTorch's defaults: convolutions and linear layers
 * uniform in ±1/sqrt(fan in) (`kaiming_uniform_` with `a = sqrt(5)`), batch norm 1 and 0, what
 * activations learn as these say, running mean 0 and variance 1.
 *
 * @param seed The cell's seed
 * @returns Tensors in this project's layout by their `state_dict` names
 */
export function initialize(network: Network, seed: bigint | number): Record<string, HostTensor> {
  const tensors: Record<string, HostTensor> = {}, { learned = {} } = network.activation;
  for (const [name, { shape, role, fanIn }] of Object.entries(variables(network))) {
    const data = new Float32Array(sizeOf(shape));
    const bound = 1 / Math.sqrt(fanIn);
    if (role === "scale") data.fill(1);
    else if (role === "learned") data.fill(learned[name.slice(name.lastIndexOf(".") + 1)]);
    else if (role !== "shift") stream(seed, "initialize", name).fill(data, -bound, bound);
    tensors[name] = { shape, data };
  }
  for (const [name, shape] of Object.entries(statistics(network))) {
    const data = new Float32Array(sizeOf(shape)).fill(name.endsWith("running_var") ? 1 : 0);
    tensors[name] = { shape, data };
  }
  return tensors;
}
