/**
 * Rewrites that suit a CPU's convolution library; the values stay the same up to rounding.
 *
 * @module
 */
import type { Builder } from "./builder.ts";
import { filterGradientLabels, forwardLabels } from "./convolution_kernels.ts";
import type { Graph, Node } from "./graph.ts";
import { rebuild } from "./rebuild.ts";
import { splitStridedGradient } from "./strided_gradient.ts";

/** Rewrites a graph for a CPU. */
export function lowerForCpu(graph: Graph): Graph {
  return rebuild(
    graph,
    (b, node, inputs) =>
      foldFilterGradient(b, node, inputs) ?? splitStridedGradient(b, node, inputs) ??
        poolApart(b, node, inputs),
  );
}

/**
 * The gradient with respect to filters `[kh, kw, I, O]` as a convolution whose rows are long.
 *
 * As it comes, the convolution has the output's gradient (as wide as an image) for its filters and
 * the filters' few columns for its output, so that a library multiplies matrices of three rows.
 * Here the images are laid out as `[kw, H, I, N * W]`, shifted by one column for each column of the
 * filters: input channels become the output's columns, and the products run over batch and width.
 * The copies cost more than they save where channels are few.
 */
function foldFilterGradient(b: Builder, node: Node, [x, dy]: Node[]): Node | undefined {
  const o = node.operation;
  if (o.kind !== "convolution" || o.labels !== filterGradientLabels) return;
  const [kh, kw, channels, outputs] = node.shape,
    [n, height] = x.shape,
    [, rows, columns] = dy.shape;
  const plain = [...o.stride, ...o.inputDilation, ...o.filterDilation].every((d) => d === 1);
  if (!plain || kw === 1 || Math.min(channels, outputs) < 64) return;
  const [low, high] = o.padding[1];
  const images = b.transpose(b.pad(x, [0, 0, low, 0], [0, 0, high, 0], 0), [1, 3, 0, 2]);
  const shifted = Array.from({ length: kw }, (_, column) =>
    b.reshape(
      b.slice(images, [0, 0, 0, column], [height, channels, n, columns]),
      [1, height, channels, n * columns],
    ));
  const folded = b.make(
    { ...o, labels: forwardLabels, padding: [o.padding[0], [0, 0]] },
    [
      b.concatenate(shifted, 0),
      b.reshape(b.transpose(dy, [1, 0, 2, 3]), [rows, 1, n * columns, outputs]),
    ],
    [kw, kh, channels, outputs],
    node.dtype,
  );
  return b.transpose(folded, [1, 0, 2, 3]);
}

/**
 * The sum over an image's pixels, computed for itself. XLA's library for reductions takes whatever
 * leads to one along, which for the pooling at a network's end are its last convolutions; it is slower
 * at these than the library for convolutions (logits of a PreActResNet18 of width 64 take a fifth
 * longer). The sums of batch normalisation have other users before them and end a fusion anyway.
 */
function poolApart(b: Builder, node: Node, [x]: Node[]): Node | undefined {
  const o = node.operation;
  if (o.kind !== "reduce" || x.shape.length !== 4 || String(o.dimensions) !== "1,2") return;
  const barrier = b.make({ kind: "optimization_barrier" }, [x], x.shape, x.dtype);
  return b.make(o, [barrier], node.shape, node.dtype);
}
