/**
 * Programs in which something follows a convolution or a matrix product, and how engines are compared on
 * them.
 *
 * @module
 */
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine, HostData, Program, Spec } from "../lib/engines/mod.ts";
import { activation as gelu } from "../lib/models/activations/gelu.ts";
import { convolution, tf } from "../lib/tensorflow/mod.ts";
import { relativeDifference } from "./close.ts";
import { engines } from "./engines.ts";
import { hashed } from "./hashed.ts";
import { runOnce } from "./run_once.ts";

/** What follows a product. */
export type Function = (x: Tensor) => Tensor;

interface Product {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly apply: (x: Tensor, w: Tensor) => Tensor;
}

const convolve = (kernel: number, stride: number): Product => ({
  x: [4, 8, 8, 8],
  w: [kernel, kernel, 8, 16],
  apply: (x, w) => convolution(x as Tensor4D, w as Tensor4D, stride),
});

/** Products by name. */
export const products: Record<string, Product> = {
  "3x3": convolve(3, 1),
  "3x3 stride 2": convolve(3, 2),
  "1x1": convolve(1, 1),
  // 2^24 products: from there on XLA hands a matrix product to oneDNN
  "dense": { x: [64, 512], w: [512, 512], apply: (x, w) => tf.matMul(x, w) },
  "batch of matrices": { x: [2, 64, 96], w: [2, 96, 64], apply: (x, w) => tf.matMul(x, w) },
};

/** What stands between a product and what follows it. */
export const betweens: Record<string, (product: Tensor, bias: Tensor) => Tensor> = {
  nothing: (product) => product,
  bias: (product, bias) => tf.add(product, bias),
  "batch norm": (product, bias) => {
    const axes = product.shape.slice(0, -1).map((_, i) => i);
    const centred = tf.sub(product, tf.mean(product, axes, true));
    const variance = tf.mean(tf.square(centred), axes, true);
    return tf.add(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), bias);
  },
};

/** A product, what follows it, and what stands between. */
export interface Case {
  readonly product: string;
  readonly between: string;
  /** Of what follows. */
  readonly name: string;
  readonly follows: Function;
}

/** `sum(k a + a^2 / 2)` for fixed coefficients `k`: linear functions have second derivatives too. */
function lossOf(activation: Tensor): Tensor {
  const k = tf.tensor(hashed("coefficients", activation.shape, -1, 1), activation.shape);
  return tf.sum(tf.add(tf.mul(activation, k), tf.mul(tf.square(activation), 0.5)));
}

type Results = (c: Case) => (x: Tensor, w: Tensor, bias: Tensor) => Record<string, Tensor>;

const activated = ({ between, follows }: Case, product: Tensor, bias: Tensor) =>
  follows(betweens[between](product, bias));

/** What a program returns: each leaves the product with other users. */
export const wanted: Record<string, Results> = {
  "the product beside the activation": (c) => (x, w, bias) => {
    const product = products[c.product].apply(x, w);
    return { product, activation: activated(c, product, bias) };
  },
  "two activations": (c) => (x, w, bias) => {
    const product = betweens[c.between](products[c.product].apply(x, w), bias);
    const second = gelu.apply({ tf, x: product, parameters: {} });
    return { first: c.follows(product), second: tf.mul(second, 3) };
  },
  "gradients": (c) => (x, w, bias) => {
    const loss = (x: Tensor, w: Tensor) =>
      lossOf(activated(c, products[c.product].apply(x, w), bias));
    const [images, weights] = tf.grads(loss as never)([x, w]);
    return { images, weights };
  },
  "gradients of a gradient's norm": (c) => (x, w, bias) => {
    const loss = (x: Tensor, w: Tensor) =>
      lossOf(activated(c, products[c.product].apply(x, w), bias));
    const norm = (x: Tensor, w: Tensor) =>
      tf.sum(tf.square(tf.grad((x) => loss(x, w) as never)(x)));
    const [images, weights] = tf.grads(norm as never)([x, w]);
    return { images, weights };
  },
};

/** All that these have in one program, so that each activation costs but one. */
const together: Record<string, Results> = {
  "value and both orders": (c) => (x, w, bias) => {
    const follow = (x: Tensor, w: Tensor) => activated(c, products[c.product].apply(x, w), bias);
    const loss = (x: Tensor, w: Tensor) => lossOf(follow(x, w));
    const [images, weights] = tf.grads(loss as never)([x, w]);
    const norm = (x: Tensor, w: Tensor) =>
      tf.sum(tf.square(tf.grad((x) => loss(x, w) as never)(x)));
    const [normImages, normWeights] = tf.grads(norm as never)([x, w]);
    return { value: follow(x, w), images, weights, normImages, normWeights };
  },
};

/** Where a case stands, as golden values name it: `3x3 with bias`. */
export const placeOf = (c: Pick<Case, "product" | "between">) => `${c.product} with ${c.between}`;

/** A case in the names of results. */
export const nameOf = (c: Case) => `${c.name} behind ${placeOf(c)}`;

/**
 * The program of many cases that returns one of {@linkcode wanted}, or all together, for each, since a program a case
 * takes minutes to compile: `NAME behind PLACE/RESULT`. Each has inputs of its own, so that they have nothing in common.
 */
export function programOf(
  cases: readonly Case[],
  kind: string,
  precision: Program["precision"] = "f32",
): Program {
  const spec = (shape: readonly number[]): Spec => ({ shape, dtype: "float32" });
  const inputsOf = (c: Case) => {
    const { x, w } = products[c.product];
    return { x: spec(x), w: spec(w), bias: spec([w[w.length - 1]]) };
  };
  const named = <T>(all: (c: Case) => Readonly<Record<string, T>>) =>
    Object.fromEntries(
      cases.flatMap((c) =>
        Object.entries(all(c)).map(([name, value]) => [`${nameOf(c)}/${name}`, value])
      ),
    );
  return {
    name: `${kind} of ${cases.map(nameOf).join(", ")}`,
    inputs: named(inputsOf),
    precision,
    build: (inputs) =>
      named((c) => {
        const [x, w, bias] = ["x", "w", "bias"].map((name) => inputs[`${nameOf(c)}/${name}`]);
        return { ...wanted, ...together }[kind](c)(x, w, bias);
      }),
  };
}

/** Inputs of {@linkcode programOf}; weights keep a product's results near 1. */
export function dataOf(path: string, { shape }: Spec): Float32Array<ArrayBuffer> {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const inner = shape.slice(0, -1).reduce((n, d) => n * d, 1);
  const scale = name === "w" ? 2 / Math.sqrt(inner) : 1;
  return hashed(name, shape, -scale, scale);
}

const [plain] = await engines();
const judged = new Map<string, Record<string, HostData>>();

/** What the engine `cpu` computes in float32, once for each program. */
export async function judge(program: Program): Promise<Record<string, HostData>> {
  const known = judged.get(program.name);
  if (known) return known;
  using cpu = await plain.open();
  const results = await runOnce(cpu, { ...program, precision: "f32" }, dataOf);
  judged.set(program.name, results);
  return results;
}

/** The results that differ by more than `limit` from what the engine `cpu` computes in float32. */
export async function compare(engine: Engine, program: Program, limit: number): Promise<string[]> {
  const expected = await judge(program), actual = await runOnce(engine, program, dataOf);
  return Object.keys(expected).flatMap((result) => {
    const difference = relativeDifference(actual[result], expected[result]);
    return difference <= limit ? [] : [`${result}: ${difference.toExponential(1)}`];
  });
}
