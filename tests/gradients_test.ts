/**
 * First and second order gradients of every operation the project uses, against finite differences.
 *
 * With h the operation's result and c fixed coefficients, the loss is sum(c * h + h^2 / 2), so that
 * linear operations have second derivatives too. First order: its gradient with respect to every
 * input. Second order: the gradient of sum(w * gradient), a Hessian-vector product, which is what an
 * input-gradient penalty needs. Both are compared with central differences of fourth order.
 */
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-core";
import {
  type Engine,
  type Executable,
  openEngine,
  type Spec,
  type Tensors,
  type Value,
} from "../lib/engines/mod.ts";
import { convolution, logSoftmax, tf } from "../lib/tensorflow/mod.ts";
import { assertClose } from "./close.ts";
import { engines } from "./engines.ts";
import { hashed } from "./hashed.ts";
import { permitted } from "./permitted.ts";

interface Input {
  readonly shape: readonly number[];
  /** Values lie in [low, high), and on both sides of 0 when `signed`. */
  readonly range?: readonly [low: number, high: number];
  readonly signed?: boolean;
}

interface Case {
  readonly inputs: readonly Input[];
  /**
   * How many of the first inputs have a gradient that is itself differentiated (all unless given).
   * An input-gradient penalty never differentiates a filter's gradient, and TensorFlow.js cannot.
   */
  readonly penalised?: number;
  readonly apply: (...inputs: Tensor[]) => Tensor;
}

const STEP = 1 / 32;
const matrix: Input = { shape: [3, 4], range: [-1.2, 1.2] };
const positive: Input = { shape: [3, 4], range: [0.6, 2] };
/** Further from 0 than the steps of the finite differences reach. */
const kinked: Input = { shape: [3, 4], range: [0.45, 1.3], signed: true };
const near: Input = { shape: [3, 4], range: [-0.3, 0.3] };
const image: Input = { shape: [2, 4, 4, 2], range: [-1, 1] };

const unary = (apply: (x: Tensor) => Tensor, input = matrix): Case => ({ inputs: [input], apply });
const conv = (kernel: number, stride: number): Case => ({
  inputs: [image, { shape: [kernel, kernel, 2, 3], range: [-0.7, 0.7] }],
  penalised: 1,
  apply: (x, w) => convolution(x as Tensor4D, w as Tensor4D, stride),
});

const cases: Record<string, Case> = {
  "convolution 3x3 stride 1": conv(3, 1),
  "convolution 3x3 stride 2": conv(3, 2),
  "convolution 1x1 stride 1": conv(1, 1),
  "convolution 1x1 stride 2": conv(1, 2),
  "convolution of a convolution": {
    inputs: [image, { shape: [3, 3, 2, 2], range: [-0.5, 0.5] }],
    penalised: 1,
    apply: (x, w) => convolution(convolution(x as Tensor4D, w as Tensor4D, 1), w as Tensor4D, 2),
  },
  "matMul": { inputs: [matrix, { shape: [4, 2] }], apply: (a, b) => tf.matMul(a, b) },
  "add": { inputs: [matrix, matrix], apply: (a, b) => tf.add(a, b) },
  "add with broadcasting": { inputs: [matrix, { shape: [4] }], apply: (a, b) => tf.add(a, b) },
  "sub": { inputs: [matrix, matrix], apply: (a, b) => tf.sub(a, b) },
  "sub with broadcasting": { inputs: [matrix, { shape: [3, 1] }], apply: (a, b) => tf.sub(a, b) },
  "mul": { inputs: [matrix, matrix], apply: (a, b) => tf.mul(a, b) },
  "mul with broadcasting": { inputs: [matrix, { shape: [] }], apply: (a, b) => tf.mul(a, b) },
  "mul of a tensor by itself": unary((x) => tf.mul(x, x)),
  "div": { inputs: [matrix, positive], apply: (a, b) => tf.div(a, b) },
  "neg": unary((x) => tf.neg(x)),
  "square": unary((x) => tf.square(x)),
  "sqrt": unary((x) => tf.sqrt(x), positive),
  "rsqrt": unary((x) => tf.rsqrt(x), positive),
  "exp": unary((x) => tf.exp(x)),
  "exp of exp": unary((x) => tf.exp(tf.exp(tf.mul(x, 0.5)))),
  "log": unary((x) => tf.log(x), positive),
  "abs": unary((x) => tf.mul(tf.abs(x), x), kinked),
  "sign": unary((x) => tf.mul(tf.sign(x), tf.square(x)), kinked),
  "erf": unary((x) => tf.erf(x)),
  "sigmoid": unary((x) => tf.sigmoid(x)),
  "tanh": unary((x) => tf.tanh(x)),
  "softplus": unary((x) => tf.softplus(x)),
  "relu": unary((x) => tf.square(tf.relu(x)), kinked),
  "maximum": { inputs: [kinked, near], apply: (a, b) => tf.square(tf.maximum(a, b)) },
  "minimum": { inputs: [kinked, near], apply: (a, b) => tf.square(tf.minimum(a, b)) },
  "clipByValue": unary((x) => tf.square(tf.clipByValue(x, -0.9, 0.3)), {
    shape: [3, 4],
    range: [0.4, 0.8],
    signed: true,
  }),
  "where": {
    inputs: [kinked, matrix],
    apply: (a, b) => tf.where(tf.greater(a, 0), tf.square(a), tf.mul(a, b)),
  },
  "a comparison as a mask": {
    inputs: [kinked, matrix],
    apply: (a, b) => tf.mul(tf.cast(tf.greater(a, tf.mul(b, 0.2)), "float32"), tf.square(a)),
  },
  "sum of all": unary((x) => tf.square(tf.sum(x))),
  "sum over an axis": unary((x) => tf.square(tf.sum(x, 0))),
  "sum with kept axes": unary((x) => tf.mul(tf.sum(x, [1], true), x)),
  "mean over axes": unary((x) => tf.square(tf.mean(x, [1, 2])), image),
  "mean with kept axes": unary((x) => tf.square(tf.sub(x, tf.mean(x, [0, 1, 2], true))), image),
  "max over an axis": unary((x) => {
    const lead = tf.tensor2d([[3, 0, 0, 0], [0, 0, 3, 0], [0, 3, 0, 0]]); // no ties within a step
    return tf.exp(tf.max(tf.add(x, lead), 1));
  }),
  "reshape": unary((x) => tf.square(tf.reshape(x, [2, 6]))),
  "transpose": {
    inputs: [matrix, { shape: [3, 2] }],
    apply: (a, b) => tf.matMul(tf.transpose(a), b),
  },
  "slice": unary((x) => tf.square(tf.slice(x, [1, 0], [2, 3]))),
  "pad": unary((x) => tf.mul(tf.pad(x as Tensor2D, [[1, 0], [0, 2]]), 1.5)),
  "tile": unary((x) => tf.exp(tf.tile(x as Tensor2D, [2, 1]))),
  "broadcastTo": unary((x) => tf.exp(tf.broadcastTo(x, [2, 3, 4]))),
  "expandDims and squeeze": unary((x) => tf.squeeze(tf.exp(tf.expandDims(x, 1)), [1])),
  "reverse": unary((x) => tf.exp(tf.reverse(x as Tensor3D, 1)), { shape: [2, 3, 2] }),
  "oneHot as a choice": unary((x) =>
    tf.mul(tf.square(x), tf.oneHot(tf.tensor1d([0, 3, 1], "int32") as Tensor1D, 4))
  ),
  "logSoftmax": unary((x) => logSoftmax(x as Tensor2D)),
  "batch norm": {
    inputs: [image, { shape: [2], range: [0.7, 1.3] }, { shape: [2] }],
    apply(x, scale, shift) {
      const centred = tf.sub(x, tf.mean(x, [0, 1, 2], true));
      const variance = tf.mean(tf.square(centred), [0, 1, 2], true);
      return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, 1e-5))), scale), shift);
    },
  },
};

/** Input values of a case, the same in every run. */
function values(name: string, { shape, range = [-1, 1], signed }: Input, index: number) {
  const out = hashed(`${name}:${index}`, shape, ...range);
  if (signed) {
    const signs = hashed(`${name}:${index}:sign`, shape, -1, 1);
    for (let i = 0; i < out.length; i++) if (signs[i] < 0) out[i] = -out[i];
  }
  return out;
}

interface Problem {
  readonly inputs: readonly Float32Array<ArrayBuffer>[];
  readonly gradients: Readonly<Record<string, Float32Array>>;
  readonly evaluate: (inputs: readonly Float32Array<ArrayBuffer>[]) => Promise<
    { loss: number; penalty: number }
  >;
}

const float32 = (shape: readonly number[]): Spec => ({ shape, dtype: "float32" });

/** Compiles a case for an engine and computes its gradients there. */
async function pose(
  engine: Engine,
  name: string,
  { inputs, penalised = inputs.length, apply }: Case,
): Promise<Problem> {
  const directions = inputs.map(({ shape }, i) => hashed(`${name}:${i}:direction`, shape, -1, 1));
  const specs = Object.fromEntries(
    inputs.flatMap(({ shape }, i) => [[`x${i}`, float32(shape)], [`w${i}`, float32(shape)]]),
  );
  const loss = (...xs: Tensor[]) => {
    const h = apply(...xs);
    const c = tf.tensor(hashed(`${name}:coefficients`, h.shape, 0.5, 1.5), h.shape);
    return tf.sum(tf.add(tf.mul(c, h), tf.mul(tf.square(h), 0.5))) as Scalar;
  };
  const penalty = (ws: Tensor[]) => (...xs: Tensor[]) => {
    const rest = xs.slice(penalised);
    const gradients = tf.grads((...first: Tensor[]) => loss(...first, ...rest))(
      xs.slice(0, penalised),
    );
    return tf.addN(gradients.map((g, i) => tf.sum(tf.mul(g, ws[i])))) as Scalar;
  };
  const list = (tensors: Tensors, letter: string) => inputs.map((_, i) => tensors[letter + i]);

  async function run(executable: Executable, xs: readonly Float32Array<ArrayBuffer>[]) {
    const put: Record<string, Value> = {};
    inputs.forEach(({ shape }, i) => {
      put[`x${i}`] = engine.put(xs[i], float32(shape));
      put[`w${i}`] = engine.put(directions[i], float32(shape));
    });
    const outputs = await executable.run(put);
    const read: Record<string, Float32Array> = {};
    for (const [key, value] of Object.entries(outputs)) {
      read[key] = await engine.read(value) as Float32Array;
    }
    for (const value of [...Object.values(put), ...Object.values(outputs)]) value[Symbol.dispose]();
    return read;
  }

  const functions = await engine.compile({ // lives as long as the engine
    name: `${name}: values`,
    inputs: specs,
    build: (tensors) => {
      const xs = list(tensors, "x");
      return { loss: loss(...xs), penalty: penalty(list(tensors, "w"))(...xs) };
    },
  });
  using derivatives = await engine.compile({
    name: `${name}: gradients`,
    inputs: specs,
    build: (tensors) => {
      const xs = list(tensors, "x");
      const first = tf.grads(loss)(xs), second = tf.grads(penalty(list(tensors, "w")))(xs);
      return Object.fromEntries(
        xs.flatMap((_, i) => [[`first${i}`, first[i]], [`second${i}`, second[i]]]),
      );
    },
  });
  const points = inputs.map((input, i) => values(name, input, i));
  return {
    inputs: points,
    gradients: await run(derivatives, points),
    async evaluate(xs) {
      const read = await run(functions, xs);
      return { loss: read.loss[0], penalty: read.penalty[0] };
    },
  };
}

/** Central differences of fourth order of the loss and the penalty by one input's elements. */
async function differences({ inputs, evaluate }: Problem, index: number) {
  const loss: number[] = [], penalty: number[] = [];
  for (let i = 0; i < inputs[index].length; i++) {
    const at = async (steps: number) => {
      const moved = inputs.map((x) => x.slice());
      moved[index][i] += steps * STEP;
      return await evaluate(moved);
    };
    const [b2, b1, f1, f2] = [await at(-2), await at(-1), await at(1), await at(2)];
    const slope = (key: "loss" | "penalty") =>
      (8 * (f1[key] - b1[key]) - (f2[key] - b2[key])) / (12 * STEP);
    loss.push(slope("loss"));
    penalty.push(slope("penalty"));
  }
  return { loss, penalty };
}

for (const { kind, label, open, ignore } of await engines()) {
  Deno.test({
    name: `gradients on ${label} of both orders equal finite differences`,
    ignore,
    fn: async (t) => {
      using engine = await open();
      using oracle = await openEngine({ kind: "cpu" });
      for (const [name, test] of Object.entries(cases)) {
        await t.step(name, async () => {
          const problem = await pose(engine, name, test);
          if (kind !== "cpu") {
            const { gradients } = await pose(oracle, name, test);
            for (const [key, expected] of Object.entries(gradients)) {
              assertClose(problem.gradients[key], expected, 1e-5, {
                label: `${key}, beside the cpu engine`,
                floor: 1e-2,
              });
            }
          }
          for (let i = 0; i < problem.inputs.length; i++) {
            const expected = await differences(problem, i);
            const { [`first${i}`]: first, [`second${i}`]: second } = problem.gradients;
            const [floor, limit] = [1e-2, 1e-3];
            assertClose(first, expected.loss, limit, { label: `first order, input ${i}`, floor });
            assertClose(second, expected.penalty, limit, {
              label: `second order, input ${i}`,
              floor,
            });
          }
        });
      }
    },
  });
}

permitted("mendGradients() restores the term that plain TensorFlow.js drops", async () => {
  const worker = new Worker(new URL("./plain_tensorflow.ts", import.meta.url), { type: "module" });
  const plain = await new Promise<number[]>((resolve, reject) => {
    worker.onmessage = (event) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
  }).finally(() => worker.terminate());
  using engine = await openEngine({ kind: "cpu" });
  const executable = await engine.compile({
    name: "squared gradient norm",
    inputs: { x: float32([2]) },
    build({ x }) {
      const gradient = tf.grad((x) => tf.sum(tf.add(tf.exp(x), tf.mul(tf.square(x), 0.5))));
      return { y: tf.grad((x) => tf.sum(tf.square(gradient(x))))(x) };
    },
  });
  using x = engine.put(new Float32Array([0, 1]), float32([2]));
  const { y } = await executable.run({ x });
  const mended = await engine.read(y);
  y[Symbol.dispose]();
  // d/dx (e^x + x)^2 = 2 (e^x + x)(e^x + 1); without the derivative of e^x's derivative the last
  // factor is 1.
  const right = [0, 1].map((x) => 2 * (Math.exp(x) + x) * (Math.exp(x) + 1));
  assertClose(mended, right, 1e-6, { label: "mended" });
  assertClose(plain, [0, 1].map((x) => 2 * (Math.exp(x) + x)), 1e-6, { label: "plain" });
});
