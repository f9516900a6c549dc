/**
 * The graph that tracing yields: a few primitive operations close to StableHLO's, on which
 * simplification and printing work.
 *
 * @module
 */
import type { DType, Spec } from "./program.ts";

/** Element types inside a graph; its parameters and results are of a {@linkcode DType}. */
export type ElementType = DType | "bfloat16" | "uint16" | "uint32";

/** Operations on one tensor, element by element. */
export type UnaryOp =
  | "negate"
  | "exponential"
  | "log"
  | "sqrt"
  | "rsqrt"
  | "abs"
  | "sign"
  | "tanh"
  | "logistic"
  | "floor"
  | "log_plus_one"
  | "erf"
  | "not";

/** Operations on two tensors of one shape, element by element. */
export type BinaryOp =
  | "add"
  | "subtract"
  | "multiply"
  | "divide"
  | "maximum"
  | "minimum"
  | "power"
  | "remainder"
  | "and"
  | "or"
  | "xor"
  | "shift_right_logical";

/** Directions of a comparison. */
export type Direction = "EQ" | "NE" | "GE" | "GT" | "LE" | "LT";

/** Which dimension plays which part in a convolution, in StableHLO's notation. */
export type ConvolutionLabels = string;

/** What a node does; `kind` names StableHLO's operation. */
export type Operation =
  | { readonly kind: "parameter"; readonly name: string }
  | { readonly kind: "splat"; readonly value: number }
  | { readonly kind: "dense"; readonly data: Float32Array | Int32Array | Uint8Array }
  | { readonly kind: "iota"; readonly dimension: number }
  | { readonly kind: "unary"; readonly op: UnaryOp }
  | { readonly kind: "binary"; readonly op: BinaryOp }
  | { readonly kind: "compare"; readonly direction: Direction }
  | { readonly kind: "select" }
  | { readonly kind: "convert" }
  /** The same, computed for itself: compilers do not merge what makes it with what uses it. */
  | { readonly kind: "optimization_barrier" }
  /** The same bits as another type. */
  | { readonly kind: "bitcast_convert" }
  | { readonly kind: "broadcast"; readonly dimensions: readonly number[] }
  | { readonly kind: "reshape" }
  | { readonly kind: "transpose"; readonly permutation: readonly number[] }
  | { readonly kind: "reverse"; readonly dimensions: readonly number[] }
  | { readonly kind: "slice"; readonly start: readonly number[] }
  | {
    readonly kind: "pad";
    readonly low: readonly number[];
    readonly high: readonly number[];
    readonly value: number;
  }
  | { readonly kind: "concatenate"; readonly dimension: number }
  /** `inputs[0]` at the places that `inputs[1]` names along one dimension. */
  | { readonly kind: "gather"; readonly axis: number }
  | {
    readonly kind: "reduce";
    readonly op: "add" | "maximum" | "minimum";
    readonly dimensions: readonly number[];
  }
  | {
    readonly kind: "dot";
    readonly batch: readonly number[];
    readonly contract: readonly [number, number];
    /** The device's fastest way instead of full float32. */
    readonly precision?: "default";
  }
  | {
    readonly kind: "convolution";
    readonly labels: ConvolutionLabels;
    readonly stride: readonly [number, number];
    readonly padding: readonly [readonly [number, number], readonly [number, number]];
    readonly inputDilation: readonly [number, number];
    readonly filterDilation: readonly [number, number];
    /** As for `dot`. */
    readonly precision?: "default";
  };

/** One tensor of the graph and how it comes about. */
export interface Node {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: ElementType;
  readonly operation: Operation;
  readonly inputs: readonly Node[];
}

/** A traced program: parameters and results by name, in the order of the program's signature. */
export interface Graph {
  readonly name: string;
  readonly parameters: Readonly<Record<string, Node>>;
  readonly results: Readonly<Record<string, Node>>;
  readonly donate: Readonly<Record<string, string>>;
}

/** The number of elements of a shape. */
export const sizeOf = (shape: readonly number[]) => shape.reduce((n, d) => n * d, 1);

/** Whether two shapes are the same. */
export const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((d, i) => d === b[i]);

/** For messages: `float32[4, 6]`. */
export const describe = (
  { shape, dtype }: { shape: readonly number[]; dtype: ElementType },
) => `${dtype}[${shape.join(", ")}]`;

/** Shapes and types of a graph's parameters or results. */
export const specsOf = (nodes: Readonly<Record<string, Node>>): Record<string, Spec> =>
  Object.fromEntries(
    Object.entries(nodes).map(([name, { shape, dtype }]) => [
      name,
      { shape, dtype: dtype as DType },
    ]),
  );

/** Every node that the results need, sources first. */
export function schedule(graph: Graph): Node[] {
  const order: Node[] = [], done = new Set<Node>();
  const stack: [node: Node, next: number][] = [];
  for (const root of Object.values(graph.results)) {
    stack.push([root, 0]);
    while (stack.length > 0) {
      const top = stack[stack.length - 1], [node, next] = top;
      if (done.has(node)) {
        stack.pop();
      } else if (next < node.inputs.length) {
        top[1]++;
        if (!done.has(node.inputs[next])) stack.push([node.inputs[next], 0]);
      } else {
        done.add(node);
        order.push(node);
        stack.pop();
      }
    }
  }
  return order;
}
