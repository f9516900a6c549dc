/** How much arithmetic a network's forward pass is. @module */
import type { Task } from "../../../lib/task.ts";
import type { Activation } from "../../../lib/models/activation.ts";
import type { Architecture } from "../../../lib/models/architecture.ts";
import type { ModelCard } from "../../../lib/models/card.ts";
import { loadRules } from "../../../lib/rules/mod.ts";

const counted = new Map<string, Promise<number>>();

/** Multiply-adds of the convolutions and products of one image; networks are traced, not run. */
export function multiplyAdds(card: ModelCard, task: Task): Promise<number> {
  const name = JSON.stringify([card, task]);
  if (!counted.has(name)) counted.set(name, count(card, task));
  return counted.get(name)!;
}

async function count(card: ModelCard, task: Task): Promise<number> {
  // a page is written without TensorFlow.js where nothing is to be counted
  const [{ networkOf, statistics, variables }, { forward }, { trace }, { flopsOf }] = await Promise
    .all([
      import("../../../lib/models/network.ts"),
      import("../../../lib/models/forward.ts"),
      import("../../../lib/tracing/trace.ts"),
      import("../../../lib/tracing/flops.ts"),
    ]);
  const network = networkOf(card, {
    activation: await loadRules<Activation>("activation"),
    architecture: await loadRules<Architecture>("architecture"),
  }, task);
  const shapes = {
    ...Object.fromEntries(
      Object.entries(variables(network)).map(([name, { shape }]) => [name, shape]),
    ),
    ...statistics(network),
    images: [1, ...task.image],
  };
  const graph = trace({
    name: "forward",
    inputs: Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, { shape, dtype: "float32" }]),
    ),
    build: ({ images, ...tensors }) => ({
      logits: forward(network, tensors, images as never, { mode: "eval" }).logits,
    }),
  });
  return flopsOf(graph) / 2;
}
