/**
 * The contract of products: what is computed from a convolution or a matrix product does not change
 * what else is computed from it.
 *
 * Compilers apply an activation while they compute the product in front of it. Where the product has
 * other users (the activation's derivative, a shortcut, a second activation, the program's results)
 * a mistake in that is silent: activations are right and gradients are not. So functions that compilers
 * know are put behind every product, with and without a bias, and everything around it is compared: the
 * product, the activation, gradients of both orders. The project's own activations are all held to it
 * by `lib/models/activations/engines_test.ts`.
 */
import { assert, assertEquals } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-core";
import { tf } from "../lib/tensorflow/mod.ts";
import { cudaEngine, engines } from "./engines.ts";
import { MODEL_RULES } from "./networks.ts";
import {
  betweens,
  type Case,
  compare,
  type Function,
  products,
  programOf,
  wanted,
} from "./products.ts";

const apply = (name: string, parameters = {}): Function => (x: Tensor) =>
  MODEL_RULES.activation[name].apply({ tf, x, parameters });

/** What compilers know to merge or might. */
const functions: Record<string, Function> = {
  relu: apply("relu"),
  gelu: apply("gelu"),
  silu: apply("silu"),
  "softplus of beta 10": apply("softplus", { beta: 10 }),
  "gelu by tanh": (x) => {
    const inner = tf.mul(
      Math.sqrt(2 / Math.PI),
      tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x)))),
    );
    return tf.mul(tf.mul(x, 0.5), tf.add(1, tf.tanh(inner)));
  },
  sigmoid: (x) => tf.sigmoid(x),
  tanh: (x) => tf.tanh(x),
  elu: (x) => tf.where(tf.greater(x, 0), x, tf.sub(tf.exp(tf.minimum(x, 0)), 1)),
  relu6: (x) => tf.minimum(tf.maximum(x, 0), 6),
  "leaky relu": (x) => tf.where(tf.greater(x, 0), x, tf.mul(x, 0.1)),
  "hard swish": (x) => tf.mul(x, tf.div(tf.clipByValue(tf.add(x, 3), 0, 6), 6)),
  "linear function": (x) => tf.add(tf.mul(x, 3), 2),
  square: (x) => tf.square(x),
  softmax: (x) => tf.softmax(x),
};

const smooth = ["sigmoid", "tanh"];

/** Every function behind the most common convolution, some behind all others. */
const cases: Case[] = Object.keys(products).flatMap((product) =>
  Object.keys(betweens).flatMap((between) =>
    Object.keys(functions)
      .filter((name) =>
        between !== "batch norm" && product === "3x3" ||
        ["relu", "gelu", "silu"].includes(name)
      )
      .map((name) => ({ product, between, name, follows: functions[name] }))
  )
);

const [, ...others] = await engines();

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
      const all = smooth.flatMap((name) =>
        ["nothing", "bias"].map((between) => (
          { product: "3x3", between, name, follows: functions[name] }
        ))
      );
      for (const what of Object.keys(wanted)) {
        wrong.push(...await compare(engine, programOf(all, what, "bf16"), 1e-2));
      }
      assertEquals(wrong, []);
    },
  });
}
