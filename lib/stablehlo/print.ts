/**
 * Prints a graph as StableHLO text.
 *
 * @example
 * ```ts
 * import { trace } from "../tracing/trace.ts";
 * import { tf } from "../tensorflow/mod.ts";
 * import { toStableHlo } from "./print.ts";
 * const graph = trace({
 *   name: "square",
 *   inputs: { x: { shape: [2], dtype: "float32" } },
 *   build: ({ x }) => ({ y: tf.square(x) }),
 * });
 * console.log(toStableHlo(graph));
 * ```
 *
 * @module
 */
import { roundToBfloat16 } from "../tracing/bfloat16.ts";
import {
  type ElementType,
  type Graph,
  type Node,
  type Operation,
  schedule,
} from "../tracing/graph.ts";

const elementTypes: Record<ElementType, string> = {
  float32: "f32",
  bfloat16: "bf16",
  int32: "i32",
  uint8: "ui8",
  uint16: "ui16",
  uint32: "ui32",
  bool: "i1",
};

const type = (shape: readonly number[], dtype: ElementType) =>
  `tensor<${[...shape, elementTypes[dtype]].join("x")}>`;
const typeOf = (node: Node) => type(node.shape, node.dtype);
const list = (values: readonly (number | string)[]) => `[${values.join(", ")}]`;

/** One number; floats by their bits, which no number format can misprint. */
function literal(value: number, dtype: ElementType): string {
  if (dtype === "bool") return value ? "true" : "false";
  if (/int/.test(dtype)) return String(value);
  const hex = (number: number, digits: number) =>
    "0x" + number.toString(16).toUpperCase().padStart(digits, "0");
  const float = dtype === "bfloat16" ? roundToBfloat16(value) : value;
  const bits = new Uint32Array(new Float32Array([float]).buffer)[0];
  return dtype === "bfloat16" ? hex(bits >>> 16, 4) : hex(bits, 8);
}

/** Many numbers, by their little-endian bytes. */
function bytes(data: ArrayBufferView): string {
  const view = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return `"0x${Array.from(view, (byte) => byte.toString(16).padStart(2, "0")).join("")}"`;
}

type Print<K extends Operation["kind"]> = (
  operation: Extract<Operation, { kind: K }>,
  node: Node,
  names: readonly string[],
) => string;

/** Smallest and largest element of each type. */
const extremes: Record<ElementType, readonly [lowest: number, highest: number]> = {
  float32: [-Infinity, Infinity],
  bfloat16: [-Infinity, Infinity],
  int32: [-(2 ** 31), 2 ** 31 - 1],
  uint8: [0, 2 ** 8 - 1],
  uint16: [0, 2 ** 16 - 1],
  uint32: [0, 2 ** 32 - 1],
  bool: [0, 1],
};

/** Identity element of a reduction. */
const neutral = (op: "add" | "maximum" | "minimum", dtype: ElementType) =>
  op === "add" ? 0 : extremes[dtype][op === "maximum" ? 0 : 1];

const signature = (node: Node) => `(${node.inputs.map(typeOf).join(", ")}) -> ${typeOf(node)}`;
const pairs = (sides: readonly (readonly number[])[]) => list(sides.map(list));

/** `HIGHEST` keeps GPUs from rounding float32 factors to TF32, which is their default. */
const algorithm = (precision?: "default") => precision === "default" ? "DEFAULT" : "HIGHEST";

const printers: { [K in Operation["kind"]]: Print<K> } = {
  parameter() {
    throw new Error("Cannot print a parameter as an operation");
  },
  splat: ({ value }, node) =>
    `stablehlo.constant dense<${literal(value, node.dtype)}> : ${typeOf(node)}`,
  dense: ({ data }, node) => `stablehlo.constant dense<${denseText(data, node)}> : ${typeOf(node)}`,
  iota: ({ dimension }, node) => `stablehlo.iota dim = ${dimension} : ${typeOf(node)}`,
  unary: ({ op }, node, [x]) =>
    op === "erf"
      ? `chlo.erf ${x} : ${typeOf(node)} -> ${typeOf(node)}`
      : `stablehlo.${op} ${x} : ${typeOf(node)}`,
  binary: ({ op }, node, [x, y]) => `stablehlo.${op} ${x}, ${y} : ${typeOf(node)}`,
  compare: ({ direction }, node, [x, y]) =>
    `stablehlo.compare ${direction}, ${x}, ${y}, ${
      /float/.test(node.inputs[0].dtype)
        ? "FLOAT"
        : node.inputs[0].dtype === "int32"
        ? "SIGNED"
        : "UNSIGNED"
    } : ${signature(node)}`,
  select: (_, node, [c, x, y]) =>
    `stablehlo.select ${c}, ${x}, ${y} : ${typeOf(node.inputs[0])}, ${typeOf(node)}`,
  optimization_barrier: (_, node, [x]) => `stablehlo.optimization_barrier ${x} : ${typeOf(node)}`,
  bitcast_convert: (_, node, [x]) => `stablehlo.bitcast_convert ${x} : ${signature(node)}`,
  convert: (_, node, [x]) => `stablehlo.convert ${x} : ${signature(node)}`,
  broadcast: ({ dimensions }, node, [x]) =>
    `stablehlo.broadcast_in_dim ${x}, dims = ${list(dimensions)} : ${signature(node)}`,
  reshape: (_, node, [x]) => `stablehlo.reshape ${x} : ${signature(node)}`,
  transpose: ({ permutation }, node, [x]) =>
    `stablehlo.transpose ${x}, dims = ${list(permutation)} : ${signature(node)}`,
  reverse: ({ dimensions }, node, [x]) =>
    `stablehlo.reverse ${x}, dims = ${list(dimensions)} : ${typeOf(node)}`,
  slice: ({ start }, node, [x]) =>
    `stablehlo.slice ${x} ${list(node.shape.map((d, i) => `${start[i]}:${start[i] + d}`))} : ${
      signature(node)
    }`,
  pad: ({ low, high }, node, [x, value]) =>
    `stablehlo.pad ${x}, ${value}, low = ${list(low)}, high = ${list(high)}, interior = ${
      list(low.map(() => 0))
    } : (${typeOf(node.inputs[0])}, ${type([], node.dtype)}) -> ${typeOf(node)}`,
  gather: ({ axis }, node, [x, indices]) => {
    const [source, { shape: { length: rank } }] = node.inputs;
    const kept = node.shape.map((_, i) => i).filter((i) => i < axis || i >= axis + rank);
    const sizes = source.shape.map((size, i) => i === axis ? 1 : size);
    return `"stablehlo.gather"(${x}, ${indices}) <{dimension_numbers = #stablehlo.gather<offset_dims = ${
      list(kept)
    }, collapsed_slice_dims = [${axis}], start_index_map = [${axis}], index_vector_dim = ${rank}>, slice_sizes = array<i64: ${
      sizes.join(", ")
    }>, indices_are_sorted = false}> : ${signature(node)}`;
  },
  concatenate: ({ dimension }, node, names) =>
    `stablehlo.concatenate ${names.join(", ")}, dim = ${dimension} : ${signature(node)}`,
  reduce: ({ op, dimensions }, node, [x, initial]) =>
    `stablehlo.reduce(${x} init: ${initial}) applies stablehlo.${op} across dimensions = ${
      list(dimensions)
    } : (${typeOf(node.inputs[0])}, ${type([], node.dtype)}) -> ${typeOf(node)}`,
  dot: ({ batch, contract: [left, right], precision }, node, [x, y]) => {
    const p = algorithm(precision);
    const batching = batch.length > 0 ? `batching_dims = ${list(batch)} x ${list(batch)}, ` : "";
    return `stablehlo.dot_general ${x}, ${y}, ${batching}contracting_dims = [${left}] x [${right}], precision = [${p}, ${p}] : ${
      signature(node)
    }`;
  },
  convolution: (o, node, [x, y]) =>
    `stablehlo.convolution(${x}, ${y}) dim_numbers = ${o.labels}, window = {stride = ${
      list(o.stride)
    }, pad = ${pairs(o.padding)}, lhs_dilate = ${list(o.inputDilation)}, rhs_dilate = ${
      list(o.filterDilation)
    }} {batch_group_count = 1 : i64, feature_group_count = 1 : i64, precision_config = [#stablehlo<precision ${
      algorithm(o.precision)
    }>, #stablehlo<precision ${algorithm(o.precision)}>]} : ${signature(node)}`,
};

function denseText(data: Float32Array | Int32Array | Uint8Array, { dtype, shape }: Node): string {
  if (data.length === 0) return "";
  if (dtype !== "bool") return bytes(data);
  // i1 has no byte form: nest the words by the shape
  const nest = (dimension: number, offset: number, stride: number): string => {
    if (dimension === shape.length) return data[offset] ? "true" : "false";
    const inner = stride / shape[dimension];
    return list(
      Array.from(
        { length: shape[dimension] },
        (_, i) => nest(dimension + 1, offset + i * inner, inner),
      ),
    );
  };
  return nest(0, 0, data.length);
}

/** The module of a graph: one `@main` whose arguments and results keep the graph's order. */
export function toStableHlo(graph: Graph): string {
  const names = new Map<Node, string>(), lines: string[] = [];
  Object.values(graph.parameters).forEach((node, i) => names.set(node, `%a${i}`));
  const scalars = new Map<string, string>();
  const scalar = (value: number, dtype: ElementType) => {
    const text = `stablehlo.constant dense<${literal(value, dtype)}> : ${type([], dtype)}`;
    let name = scalars.get(text);
    if (!name) {
      scalars.set(text, name = `%c${scalars.size}`);
      lines.push(`    ${name} = ${text}`);
    }
    return name;
  };
  let count = 0;
  for (const node of schedule(graph)) {
    if (names.has(node)) continue;
    const { operation } = node, inputs = node.inputs.map((input) => names.get(input)!);
    if (operation.kind === "pad") inputs.push(scalar(operation.value, node.dtype));
    if (operation.kind === "reduce") {
      inputs.push(scalar(neutral(operation.op, node.dtype), node.dtype));
    }
    const print = printers[operation.kind] as Print<Operation["kind"]>;
    const name = `%v${count++}`;
    lines.push(`    ${name} = ${print(operation, node, inputs)}`);
    names.set(node, name);
  }
  const outputs = Object.keys(graph.results);
  const args = Object.entries(graph.parameters).map(([name, node], i) => {
    const target = graph.donate[name];
    const alias = target === undefined
      ? ""
      : ` {tf.aliasing_output = ${outputs.indexOf(target)} : i32}`;
    return `%a${i}: ${typeOf(node)}${alias}`;
  });
  const results = Object.values(graph.results), types = results.map(typeOf).join(", ");
  return [
    "module @program {",
    `  func.func public @main(${args.join(", ")}) -> (${types}) {`,
    ...lines,
    `    return ${results.map((node) => names.get(node)).join(", ")} : ${types}`,
    "  }",
    "}",
    "",
  ].join("\n");
}
