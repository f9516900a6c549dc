/**
 * The contract of products: what is computed from a convolution or a matrix product does not change
 * what else is computed from it.
 *
 * Compilers apply an activation while they compute the product in front of it. Where the product has
 * other users (the activation's derivative, a shortcut, a second activation, the program's results)
 * a mistake in that is silent: activations are right and gradients are not. So every activation is put
 * behind every product, with and without a bias, and everything around it is compared: the product, the
 * activation, gradients of both orders.
 */
import { assert, assertEquals } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine, HostData, Program, Spec } from "../lib/engines/mod.ts";
import { activate, activations } from "../lib/models/activations.ts";
import { activateRounded } from "../lib/models/rounded_activations.ts";
import { convolution, tf } from "../lib/tensorflow/mod.ts";
import { relativeDifference } from "./close.ts";
import { cudaEngine, engines } from "./engines.ts";
import { hashed } from "./hashed.ts";
import { runOnce } from "./run_once.ts";

type Function = (x: Tensor) => Tensor;

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

const products: Record<string, Product> = {
  "3x3": convolve(3, 1),
  "3x3 stride 2": convolve(3, 2),
  "1x1": convolve(1, 1),
  // 2^24 products: from there on XLA hands a matrix product to oneDNN
  "dense": { x: [64, 512], w: [512, 512], apply: (x, w) => tf.matMul(x, w) },
  "batch of matrices": { x: [2, 64, 96], w: [2, 96, 64], apply: (x, w) => tf.matMul(x, w) },
};

/** What stands between a product and its activation. */
const betweens: Record<string, (product: Tensor, bias: Tensor) => Tensor> = {
  nothing: (product) => product,
  bias: (product, bias) => tf.add(product, bias),
  "batch norm": (product, bias) => {
    const axes = product.shape.slice(0, -1).map((_, i) => i);
    const centred = tf.sub(product, tf.mean(product, axes, true));
    const variance = tf.mean(tf.square(centred), axes, true);
    return tf.add(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), bias);
  },
};

/** The project's own activations, and what else compilers know to merge or might. */
const functions: Record<string, Function> = {
  ...Object.fromEntries(
    activations.map((
      activation,
    ) => [activation, (x: Tensor) => activate(x, { activation }, tf.scalar(0.25))]),
  ),
  "softplus of beta 10": (x) => activate(x, { activation: "softplus", beta: 10 }),
  "rounded gelu": (x) => activateRounded(x, { activation: "gelu" }),
  "gelu by tanh": (x) => {
    const inner = tf.mul(
      Math.sqrt(2 / Math.PI),
      tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x)))),
    );
    return tf.mul(tf.mul(x, 0.5), tf.add(1, tf.tanh(inner)));
  },
  sigmoid: (x) => tf.sigmoid(x),
  tanh: (x) => tf.tanh(x),
  mish: (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  elu: (x) => tf.where(tf.greater(x, 0), x, tf.sub(tf.exp(tf.minimum(x, 0)), 1)),
  relu6: (x) => tf.minimum(tf.maximum(x, 0), 6),
  "leaky relu": (x) => tf.where(tf.greater(x, 0), x, tf.mul(x, 0.1)),
  "hard swish": (x) => tf.mul(x, tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6)),
  "linear function": (x) => tf.add(tf.mul(x, 3), 2),
  square: (x) => tf.square(x),
  softmax: (x) => tf.softmax(x),
};

const smooth = ["gelu", "softplus", "silu", "rounded gelu", "sigmoid", "tanh"];

interface Case {
  readonly product: string;
  readonly between: string;
  readonly name: string;
}

/** `sum(k a + a^2 / 2)` for fixed coefficients `k`: linear functions have second derivatives too. */
function lossOf(activation: Tensor): Tensor {
  const k = tf.tensor(hashed("coefficients", activation.shape, -1, 1), activation.shape);
  return tf.sum(tf.add(tf.mul(activation, k), tf.mul(tf.square(activation), 0.5)));
}

type Results = (c: Case) => (x: Tensor, w: Tensor, bias: Tensor) => Record<string, Tensor>;

const activated = ({ between, name }: Case, product: Tensor, bias: Tensor) =>
  functions[name](betweens[between](product, bias));

/** What a program returns: each leaves the product with other users. */
const wanted: Record<string, Results> = {
  "the product beside the activation": (c) => (x, w, bias) => {
    const product = products[c.product].apply(x, w);
    return { product, activation: activated(c, product, bias) };
  },
  "two activations": (c) => (x, w, bias) => {
    const product = betweens[c.between](products[c.product].apply(x, w), bias);
    return { first: functions[c.name](product), second: tf.mul(functions.gelu(product), 3) };
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

const nameOf = (c: Case) => `${c.name} behind ${c.product} with ${c.between}`;

/**
 * One program for many cases, since compiling so many takes minutes. Each has inputs of its own, so
 * that they have nothing in common and each is compiled as if it were alone.
 */
function programOf(
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
        return wanted[kind](c)(x, w, bias);
      }),
  };
}

/** Weights that keep a product's results near 1. */
function dataOf(path: string, { shape }: Spec): Float32Array<ArrayBuffer> {
  const name = path.slice(path.indexOf("/") + 1);
  const inner = shape.slice(0, -1).reduce((n, d) => n * d, 1);
  const scale = name === "w" ? 2 / Math.sqrt(inner) : 1;
  return hashed(name, shape, -scale, scale);
}

/** Every function behind the most common convolution, some behind all others. */
const cases: Case[] = Object.keys(products).flatMap((product) =>
  Object.keys(betweens).flatMap((between) =>
    Object.keys(functions)
      .filter((name) =>
        between !== "batch norm" && product === "3x3" ||
        ["relu", "gelu", "silu"].includes(name)
      )
      .map((name) => ({ product, between, name }))
  )
);

const [judge, ...others] = await engines();
const judged = new Map<string, Record<string, HostData>>();

/** The results that differ by more than `limit` from what the engine `cpu` computes in float32. */
async function compare(engine: Engine, program: Program, limit: number): Promise<string[]> {
  const known = judged.get(program.name);
  const expected = known ?? await (async () => {
    using cpu = await judge.open();
    return await runOnce(cpu, { ...program, precision: "f32" }, dataOf);
  })();
  judged.set(program.name, expected);
  const actual = await runOnce(engine, program, dataOf);
  return Object.keys(expected).flatMap((result) => {
    const difference = relativeDifference(actual[result], expected[result]);
    return difference <= limit ? [] : [`${result}: ${difference.toExponential(1)}`];
  });
}

for (const { kind, label, ignore, open } of [...others, await cudaEngine()]) {
  Deno.test({
    name: `what follows a product leaves all others their values [${label}]`,
    ignore,
    fn: async (t) => {
      using engine = await open();
      for (const what of Object.keys(wanted)) {
        await t.step(what, async () => {
          const wrong: string[] = [];
          for (const product of Object.keys(products)) {
            const program = programOf(cases.filter((c) => c.product === product), what);
            wrong.push(...await compare(engine, program, 1e-5));
          }
          assertEquals(wrong, []);
          assert(cases.length > 50);
        });
      }
    },
  });

  Deno.test({
    // a kink turns the rounding of a product into a jump of the gradient: smooth functions alone
    name: `what follows a product leaves all others their values in bfloat16 [${label}]`,
    ignore: ignore || kind === "tensorflow",
    fn: async () => {
      using engine = await open();
      const wrong: string[] = [];
      const cases = smooth.flatMap((name) =>
        ["nothing", "bias"].map((between) => ({ product: "3x3", between, name }))
      );
      for (const what of Object.keys(wanted)) {
        wrong.push(...await compare(engine, programOf(cases, what, "bf16"), 1e-2));
      }
      assertEquals(wrong, []);
    },
  });
}
