/**
 * How much memory a graph needs, counted without compiling it.
 *
 * Compilers keep what convolutions, products and sums read and write, and compute operations on single
 * elements where they are used. What a library wants for itself is not counted.
 *
 * @module
 */
import type { ProgramMemory } from "./program_memory.ts";
import { type ElementType, type Graph, type Node, schedule, sizeOf } from "./graph.ts";

const elementBytes: Record<ElementType, number> = {
  bool: 1,
  uint8: 1,
  bfloat16: 2,
  uint16: 2,
  float32: 4,
  int32: 4,
  uint32: 4,
};

const bytesOf = ({ shape, dtype }: Node) => sizeOf(shape) * elementBytes[dtype];

/** Operations whose inputs have to be in memory: a library or a kernel of its own reads them. */
const readsMemory = ({ operation: { kind } }: Node) =>
  kind === "convolution" || kind === "dot" || kind === "gather";

/** Operations whose result has to be in memory, whoever uses it. */
const writesMemory = (node: Node) => readsMemory(node) || node.operation.kind === "reduce";

/** Counts the memory of a graph: inputs, outputs, and the most that lives in between at one time. */
export function estimateMemory(graph: Graph): ProgramMemory {
  const nodes = schedule(graph).sort((a, b) => a.id - b.id); // as it was written: gradients of a layer together
  const parameters = new Set(Object.values(graph.parameters));
  const results = new Set(Object.values(graph.results));
  const kept = new Set([
    ...nodes.filter(writesMemory),
    ...nodes.filter(readsMemory).flatMap(({ inputs }) => inputs),
  ]);
  const sum = (these: Iterable<Node>) =>
    [...these].reduce((total, node) => total + bytesOf(node), 0);
  return {
    inputs: sum(parameters),
    outputs: sum(results),
    shared: sum(Object.values(graph.donate).map((name) => graph.results[name])),
    temporary: mostAlive(
      nodes,
      (node) => kept.has(node) && !parameters.has(node) && !results.has(node) ? bytesOf(node) : 0,
    ),
  };
}

/**
 * The most bytes that are alive at one time, where nodes are computed in the order given.
 *
 * @param bytes Of a node that is kept in memory; 0 of one that is computed where it is used
 */
function mostAlive(nodes: readonly Node[], bytes: (node: Node) => number): number {
  /** When each node is last read, by itself or by what is computed from it on the spot. */
  const last = new Map<Node, number>();
  const stays = (node: Node) => bytes(node) > 0 || node.operation.kind === "parameter";
  for (let at = nodes.length - 1; at >= 0; at--) {
    const node = nodes[at], read = stays(node) ? at : last.get(node) ?? at;
    for (const input of node.inputs) last.set(input, Math.max(last.get(input) ?? 0, read));
  }
  const ends = new Map<number, number>();
  let alive = 0, most = 0;
  nodes.forEach((node, at) => {
    const size = bytes(node), end = last.get(node) ?? at;
    alive += size;
    most = Math.max(most, alive);
    ends.set(end, (ends.get(end) ?? 0) + size);
    alive -= ends.get(at) ?? 0;
  });
  return most;
}
