/**
 * Makes nodes: each is simplified by local rules, then shared with an equal node made before
 * (common subexpressions), so that a graph is small from the start and dead nodes are never printed.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import type { DType } from "./program.ts";
import {
  type BinaryOp,
  describe,
  type Direction,
  type ElementType,
  type Node,
  type Operation,
  sameShape,
  sizeOf,
  type UnaryOp,
} from "./graph.ts";
import { simplify } from "./simplify.ts";

type Shape = readonly number[];
type DenseData = Float32Array | Int32Array | Uint8Array;

/** For `JSON.stringify`, which has no -0, NaN or infinities of its own. */
const exact = (_: string, value: unknown) =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? `${Object.is(value, -0) ? "-0" : value}`
    : value;

/** Whether all elements are the same bits: each equals the next, which is one comparison of memory. */
function allEqual({ buffer, byteOffset, byteLength, BYTES_PER_ELEMENT: size }: DenseData): boolean {
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  return bytes.subarray(size).equals(bytes.subarray(0, byteLength - size));
}

/** Node constructors over one shared table of nodes. */
export class Builder {
  #next = 0;
  readonly #table = new Map<string, Node>();

  /** Makes, simplifies or finds a node. */
  make(operation: Operation, inputs: readonly Node[], shape: Shape, dtype: ElementType): Node {
    const node: Node = { id: this.#next, operation, inputs, shape, dtype };
    const simpler = simplify(node, this);
    if (simpler) return simpler;
    if (operation.kind === "dense" || operation.kind === "parameter") {
      this.#next++;
      return node;
    }
    const key = JSON.stringify([operation, inputs.map((input) => input.id), shape, dtype], exact);
    const found = this.#table.get(key);
    if (found) return found;
    this.#next++;
    this.#table.set(key, node);
    return node;
  }

  parameter(name: string, shape: Shape, dtype: DType): Node {
    return this.make({ kind: "parameter", name }, [], shape, dtype);
  }
  /** A constant, copied; elements that are all equal become a splat, which stays one number in the text. */
  constant(data: DenseData, shape: Shape, dtype: DType): Node {
    if (data.length > 0 && allEqual(data)) return this.splat(data[0], shape, dtype);
    return this.make({ kind: "dense", data: data.slice() }, [], shape, dtype);
  }
  /** A constant of equal elements; integers are truncated, as by JavaScript's integer arrays. */
  splat(value: number, shape: Shape, dtype: ElementType): Node {
    const held = /int/.test(dtype) ? Math.trunc(value) : value;
    return this.make({ kind: "splat", value: held }, [], shape, dtype);
  }
  iota(dimension: number, shape: Shape, dtype: ElementType): Node {
    return this.make({ kind: "iota", dimension }, [], shape, dtype);
  }
  unary(op: UnaryOp, x: Node): Node {
    return this.make({ kind: "unary", op }, [x], x.shape, x.dtype);
  }
  binary(op: BinaryOp, a: Node, b: Node): Node {
    const shape = broadcastShape(a.shape, b.shape);
    return this.make(
      { kind: "binary", op },
      [this.broadcastTo(a, shape), this.broadcastTo(b, shape)],
      shape,
      a.dtype,
    );
  }
  compare(direction: Direction, a: Node, b: Node): Node {
    const shape = broadcastShape(a.shape, b.shape);
    return this.make(
      { kind: "compare", direction },
      [this.broadcastTo(a, shape), this.broadcastTo(b, shape)],
      shape,
      "bool",
    );
  }
  select(condition: Node, a: Node, b: Node): Node {
    const shape = broadcastShape(condition.shape, broadcastShape(a.shape, b.shape));
    const inputs = [condition, a, b].map((node) => this.broadcastTo(node, shape));
    return this.make({ kind: "select" }, inputs, shape, a.dtype);
  }
  convert(x: Node, dtype: ElementType): Node {
    return this.make({ kind: "convert" }, [x], x.shape, dtype);
  }
  /** Broadcasts in NumPy's manner: trailing dimensions align, those of size 1 grow. */
  broadcastTo(x: Node, shape: Shape): Node {
    if (sameShape(x.shape, shape)) return x;
    const offset = shape.length - x.shape.length;
    const kept = x.shape.flatMap((d, i) => d === shape[i + offset] ? [i] : []);
    const core = this.reshape(x, kept.map((i) => x.shape[i]));
    return this.broadcast(core, shape, kept.map((i) => i + offset));
  }
  /** Maps dimension `i` of `x` to `dimensions[i]` of the result. */
  broadcast(x: Node, shape: Shape, dimensions: readonly number[]): Node {
    return this.make({ kind: "broadcast", dimensions }, [x], shape, x.dtype);
  }
  reshape(x: Node, shape: Shape): Node {
    if (sizeOf(shape) !== sizeOf(x.shape)) {
      throw new RangeError(`Cannot reshape ${describe(x)} to [${shape.join(", ")}]: sizes differ`);
    }
    return this.make({ kind: "reshape" }, [x], shape, x.dtype);
  }
  transpose(x: Node, permutation: readonly number[]): Node {
    const shape = permutation.map((p) => x.shape[p]);
    return this.make({ kind: "transpose", permutation }, [x], shape, x.dtype);
  }
  reverse(x: Node, dimensions: readonly number[]): Node {
    return this.make({ kind: "reverse", dimensions }, [x], x.shape, x.dtype);
  }
  slice(x: Node, start: readonly number[], size: readonly number[]): Node {
    return this.make({ kind: "slice", start }, [x], size, x.dtype);
  }
  pad(x: Node, low: readonly number[], high: readonly number[], value: number): Node {
    const shape = x.shape.map((d, i) => d + low[i] + high[i]);
    return this.make({ kind: "pad", low, high, value }, [x], shape, x.dtype);
  }
  concatenate(xs: readonly Node[], dimension: number): Node {
    const shape = xs[0].shape.map((d, i) =>
      i === dimension ? xs.reduce((n, x) => n + x.shape[i], 0) : d
    );
    return this.make({ kind: "concatenate", dimension }, xs, shape, xs[0].dtype);
  }
  /** Takes the places `indices` along `axis`, which their dimensions replace. */
  gather(x: Node, indices: Node, axis: number): Node {
    const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
    return this.make({ kind: "gather", axis }, [x, indices], shape, x.dtype);
  }
  /** Reduces over `dimensions`, which disappear. */
  reduce(op: "add" | "maximum" | "minimum", x: Node, dimensions: readonly number[]): Node {
    const shape = x.shape.filter((_, i) => !dimensions.includes(i));
    const sorted = [...dimensions].sort((a, b) => a - b);
    return this.make({ kind: "reduce", op, dimensions: sorted }, [x], shape, x.dtype);
  }
}

/** The shape that two shapes broadcast to, in NumPy's manner. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1, y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new RangeError(`Cannot broadcast [${a.join(", ")}] with [${b.join(", ")}]`);
    }
    return x === 1 ? y : x;
  });
}
