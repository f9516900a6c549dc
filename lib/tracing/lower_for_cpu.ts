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
  const lowered = rebuild(
    graph,
    (b, node, inputs) =>
      foldFilterGradient(b, node, inputs) ?? splitStridedGradient(b, node, inputs),
  );
  return rebuild(lowered, productApart);
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
 * A convolution or a matrix product, computed for itself, for two reasons.
 *
 * XLA's CPU compiler lets oneDNN apply the function that follows a product (GELU, SiLU) while it
 * computes the product, also where something else uses the product itself, such as any gradient: that
 * is then given the function's values instead, and is wrong without a word.
 *
 * XLA's library for reductions takes whatever leads to one along, which for the pooling at a network's
 * end are its last convolutions; it is slower at these than oneDNN (logits of a PreActResNet18 of
 * width 64 took a fifth longer).
 *
 * A product's result is written to memory anyway, so that keeping others away costs next to nothing.
 */
function productApart(b: Builder, { operation, shape, dtype }: Node, inputs: Node[]) {
  if (operation.kind !== "convolution" && operation.kind !== "dot") return;
  const product = b.make(operation, inputs, shape, dtype);
  return b.make({ kind: "optimization_barrier" }, [product], shape, dtype);
}
