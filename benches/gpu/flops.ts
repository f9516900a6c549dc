/** How much arithmetic a program holds, and how much a GPU could do. @module */
import type { Precision } from "../../lib/engines/mod.ts";
import { type Graph, type Node, schedule, sizeOf } from "../../lib/tracing/graph.ts";

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

/**
 * Dense peaks in FLOP/s by the name that the driver gives the GPU: FP32 without tensor cores, TF32
 * and BF16 with them (NVIDIA's data sheets of H100, H200 and A100; half of the "with sparsity" ones).
 */
const peaks: readonly (readonly [RegExp, Readonly<Record<Precision, number>>])[] = [
  [/H100 PCIe/i, { f32: 51e12, tf32: 378e12, bf16: 756e12 }],
  [/H100 NVL/i, { f32: 60e12, tf32: 418e12, bf16: 835e12 }],
  [/H[12]00/i, { f32: 67e12, tf32: 494.5e12, bf16: 989.5e12 }],
  [/A100/i, { f32: 19.5e12, tf32: 156e12, bf16: 312e12 }],
];

/** What a device could do at best; `undefined` for one that is not in the list. */
export function peakOf(device: string, precision: Precision): number | undefined {
  return peaks.find(([name]) => name.test(device))?.[1][precision];
}
