/** Local rules that replace a node by a simpler one with the same value. @module */
import { roundToBfloat16 } from "./bfloat16.ts";
import { type BinaryOp, type ElementType, type Node, sameShape, type UnaryOp } from "./graph.ts";

/** Constructors of the nodes that take another's place; a builder has them. */
export interface NodeConstructors {
  splat(value: number, shape: readonly number[], dtype: ElementType): Node;
  unary(op: UnaryOp, x: Node): Node;
  binary(op: BinaryOp, a: Node, b: Node): Node;
  convert(x: Node, dtype: ElementType): Node;
  reshape(x: Node, shape: readonly number[]): Node;
  transpose(x: Node, permutation: readonly number[]): Node;
  gather(x: Node, indices: Node, axis: number): Node;
}

const round = (value: number, dtype: ElementType) =>
  dtype === "float32" ? Math.fround(value) : dtype === "bfloat16" ? roundToBfloat16(value) : value;

/** The value of a constant whose elements are all equal, or `undefined`. */
export const splatValue = ({ operation }: Node) =>
  operation.kind === "splat" ? operation.value : undefined;

const unaryOnSplat: Partial<Record<UnaryOp, (x: number) => number>> = {
  negate: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  sqrt: Math.sqrt,
};

const binaryOnSplats: Partial<Record<BinaryOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  maximum: Math.max,
  minimum: Math.min,
};

/** Returns a node to use instead of `node`, or `undefined` if there is none. */
export function simplify(node: Node, b: NodeConstructors): Node | undefined {
  const { operation, inputs: [x, y], shape, dtype } = node;
  switch (operation.kind) {
    case "reshape": {
      if (sameShape(x.shape, shape)) return x;
      if (x.operation.kind === "reshape") return b.reshape(x.inputs[0], shape);
      const value = splatValue(x);
      return value === undefined ? undefined : b.splat(value, shape, dtype);
    }
    case "broadcast": {
      const value = splatValue(x);
      if (value !== undefined) return b.splat(value, shape, dtype);
      return sameShape(x.shape, shape) && operation.dimensions.every((d, i) => d === i)
        ? x
        : undefined;
    }
    case "transpose": {
      if (operation.permutation.every((p, i) => p === i)) return x;
      const value = splatValue(x);
      if (value !== undefined) return b.splat(value, shape, dtype);
      if (x.operation.kind !== "transpose") return;
      const inner = x.operation.permutation;
      return b.transpose(x.inputs[0], operation.permutation.map((p) => inner[p]));
    }
    case "reverse":
      return operation.dimensions.every((d) => x.shape[d] === 1) ? x : undefined;
    case "slice":
      return sameShape(x.shape, shape) ? x : undefined;
    case "pad":
      return operation.low.every((n) => n === 0) && operation.high.every((n) => n === 0)
        ? x
        : undefined;
    case "gather": // few are taken of many: bytes are widened after that
      return x.operation.kind === "convert"
        ? b.convert(b.gather(x.inputs[0], y, operation.axis), dtype)
        : undefined;
    case "concatenate":
      return node.inputs.length === 1 ? x : undefined;
    case "reduce":
      return operation.dimensions.length === 0 ? x : undefined;
    case "convert": {
      if (x.dtype === dtype) return x;
      // widening is exact: what was rounded before needs no second rounding
      if (dtype === "bfloat16" && x.operation.kind === "convert" && x.inputs[0].dtype === dtype) {
        return x.inputs[0];
      }
      const value = splatValue(x);
      if (value === undefined) return;
      if (dtype === "float32" || dtype === "bfloat16") {
        return b.splat(round(value, dtype), shape, dtype);
      }
      return b.splat(dtype === "bool" ? Number(value !== 0) : Math.trunc(value), shape, dtype);
    }
    case "unary": {
      if (operation.op === "negate" && isUnary(x, "negate")) return x.inputs[0];
      const value = splatValue(x), apply = unaryOnSplat[operation.op];
      return value === undefined || !apply
        ? undefined
        : b.splat(round(apply(value), dtype), shape, dtype);
    }
    case "binary":
      return simplifyBinary(operation.op, x, y, node, b);
    case "select": {
      const value = splatValue(x);
      return value === undefined ? undefined : value !== 0 ? y : node.inputs[2];
    }
  }
}

const isUnary = ({ operation }: Node, op: UnaryOp) =>
  operation.kind === "unary" && operation.op === op;

/** Identities that hold for every float, NaN and infinities included, but for the sign of zero. */
function simplifyBinary(
  op: BinaryOp,
  x: Node,
  y: Node,
  node: Node,
  b: NodeConstructors,
): Node | undefined {
  const { shape, dtype } = node, p = splatValue(x), q = splatValue(y);
  const apply = binaryOnSplats[op];
  if (p !== undefined && q !== undefined && apply && dtype === "float32") {
    return b.splat(Math.fround(apply(p, q)), shape, dtype);
  }
  if (op === "add" && q === 0 || op === "subtract" && q === 0) return x;
  if (op === "add" && p === 0) return y;
  if ((op === "multiply" || op === "divide") && q === 1) return x;
  if (op === "multiply" && p === 1) return y;
  if (op === "multiply" && q === -1) return b.unary("negate", x);
  if (op === "multiply" && p === -1) return b.unary("negate", y);
  // a + (-b) and a - (-b), which reverse mode makes of every subtraction
  if (op === "add" && isUnary(y, "negate")) return b.binary("subtract", x, y.inputs[0]);
  if (op === "subtract" && isUnary(y, "negate")) return b.binary("add", x, y.inputs[0]);
}
