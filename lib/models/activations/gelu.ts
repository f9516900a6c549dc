import type { Tensor } from "@tensorflow/tfjs-core";
import { object } from "../../schema.ts";
import type { TensorFlow } from "../../tensorflow/mod.ts";
import type { Activation } from "../activation.ts";

/** `x Phi(x)`, Phi the normal distribution function: the exact form, by the error function. */
export const activation: Activation<Record<never, never>> = {
  name: "gelu",
  title: "GELU",
  kind: "smooth",
  source: 'Hendrycks and Gimpel 2016, arXiv:1606.08415; torch.nn.GELU with approximate="none"',
  parameters: object({}),
  defaults: {},
  meanings: {},
  // twice the normal density, at 0
  shape: () => ({ monotonic: false, largestSecondDerivative: Math.sqrt(2 / Math.PI) }),
  apply: ({ tf, x }) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  // for a third of what the error function costs
  rounded: ({ tf, x }) =>
    tf.customGrad((x, save) => {
      const input = x as Tensor;
      (save as (tensors: Tensor[]) => void)([input]);
      return {
        value: tf.mul(input, tf.add(evaluate(tf, normal, input), 0.5)),
        gradFunc: (dy: Tensor, saved: Tensor[]) =>
          tf.mul(dy, tf.add(evaluate(tf, derivative, saved[0]), 0.5)),
      };
    })(x),
};

/** An odd polynomial, `sum_k coefficients[k] x^(2k + 1)`, of `x` cut to `[-end, end]`. */
interface OddPolynomial {
  readonly end: number;
  readonly coefficients: readonly number[];
}

/**
 * The normal distribution function minus a half, by least largest error of `max(1, |x|) f(x)`: GELU
 * is wrong by at most 2.0e-4 where `|x| <= 12`.
 */
const normal: OddPolynomial = {
  end: 3.95,
  coefficients: [
    0.398265798,
    -0.0650033458,
    0.00894451573,
    -0.000846676657,
    5.11395364e-5,
    -1.75261716e-6,
    2.57079775e-8,
  ],
};

/** GELU's derivative minus a half, by least largest error, 2.7e-4. */
const derivative: OddPolynomial = {
  end: 4,
  coefficients: [
    0.796721645,
    -0.262029855,
    0.055914833,
    -0.00768744384,
    0.000687645766,
    -3.84595986e-5,
    1.21380733e-6,
    -1.64198073e-8,
  ],
};

function evaluate(tf: TensorFlow, { end, coefficients }: OddPolynomial, x: Tensor): Tensor {
  const cut = tf.clipByValue(x, -end, end), square = tf.mul(cut, cut);
  const [highest, ...lower] = coefficients.toReversed();
  const even = lower.reduce<Tensor>(
    (sum, coefficient) => tf.add(tf.mul(sum, square), coefficient),
    tf.scalar(highest),
  );
  return tf.mul(cut, even);
}
