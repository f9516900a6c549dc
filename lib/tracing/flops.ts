/** How much arithmetic a program holds. @module */
import { type Graph, type Node, schedule, sizeOf } from "./graph.ts";

/**
 * Floating-point operations of a program's convolutions and matrix products, two for each
 * multiplication and addition; products with the zeros that a dilation puts in are not counted,
 * those with padding are.
 */
export function flopsOf(graph: Graph): number {
  return schedule(graph).reduce((sum, node) => sum + flopsOfNode(node), 0);
}

function flopsOfNode({ operation, inputs, shape }: Node): number {
  if (operation.kind === "dot") {
    return 2 * sizeOf(shape) * inputs[0].shape[operation.contract[0]];
  }
  if (operation.kind !== "convolution") return 0;
  // The filter's part of "[b, 0, 1, f]x[0, 1, i, o]->[b, 0, 1, f]": all but "o" is summed over.
  const filter = operation.labels.split(/x|->/)[1].replace(/[^\w]/g, "");
  const summed = inputs[1].shape.filter((_, i) => filter[i] !== "o");
  const dilation = operation.inputDilation[0] * operation.inputDilation[1];
  return 2 * sizeOf(shape) * sizeOf(summed) / dilation;
}
