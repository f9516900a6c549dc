/** A small problem on which tests evaluate objectives. @module */
import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine, HostData, Program, Spec, Tensors } from "../../engines/engine.ts";
import { stream } from "../../random/philox.ts";
import { smoothBackward } from "../../models/smooth_backward.ts";
import { convolution, tf } from "../../tensorflow/mod.ts";
import { sizeOf } from "../../tracing/graph.ts";
import type { Objective } from "../method.ts";
import { evaluateObjective, type Pass } from "../objectives.ts";
import { noiseNames } from "../step.ts";
import type { PassOptions } from "../step_context.ts";

/** Shape of a batch, `[N, H, W, C]`. */
export const shape = [4, 3, 3, 2] as const;
/** Classes. */
export const classes = 3;
const inputs = shape[1] * shape[2] * shape[3];

/** A network: shapes of its weights, and its logits. */
export interface Model {
  readonly weights: Readonly<Record<string, readonly number[]>>;
  readonly logits: (weights: Tensors, images: Tensor4D, options?: PassOptions) => Tensor;
}

/** Logits `x W + b` of images in a row, `[N, H * W * C]`. */
export const linear: Model = {
  weights: { matrix: [inputs, classes], bias: [classes] },
  logits: ({ matrix, bias }, images) =>
    tf.add(tf.matMul(tf.reshape(images, [shape[0], inputs]) as Tensor2D, matrix as Tensor2D), bias),
};

/** A convolution, Softplus and a linear layer: smooth, and not linear in any weight. */
export const curved: Model = {
  weights: { filters: [3, 3, shape[3], 2], matrix: [2, classes] },
  logits: ({ filters, matrix }, images) => {
    const activated = tf.softplus(convolution(images, filters as Tensor4D, 1));
    return tf.matMul(tf.mean(activated, [1, 2]) as Tensor2D, matrix as Tensor2D);
  },
};

/** As {@linkcode curved}, with ReLU in the place of Softplus. */
export const kinked: Model = {
  weights: curved.weights,
  logits: ({ filters, matrix }, images, { smoothBackward: sharpness } = {}) => {
    const x = convolution(images, filters as Tensor4D, 1);
    const activated = sharpness ? smoothBackward(tf.relu, x, sharpness) : tf.relu(x);
    return tf.matMul(tf.mean(activated, [1, 2]) as Tensor2D, matrix as Tensor2D);
  },
};

/** Numbers in [-1, 1) by what they are for, the same in every run. */
export function numbers(name: string, of: readonly number[], low = -1): Float32Array<ArrayBuffer> {
  const data = new Float32Array(sizeOf(of));
  stream(5n, "objective problem", name).fill(data, low, 1);
  return data;
}

/** Labels of the batch. */
export const labels = Array.from({ length: shape[0] }, (_, i) => i % classes);

/** What an objective is evaluated on, on the host, by the names of the program's inputs. */
export function given(objective: Objective, { weights }: Model): Record<string, HostData> {
  return {
    ...Object.fromEntries(Object.entries(weights).map(([name, of]) => [name, numbers(name, of)])),
    images: numbers("images", shape, 0),
    ...Object.fromEntries(noiseNames(objective).map((name) => [name, numbers(name, shape)])),
    ...Object.fromEntries(
      Object.entries(objective.state(shape)).map(([name, of]) => [
        `method/${name}`,
        numbers(name, of).map((value) => value / 64),
      ]),
    ),
    ramp: Float32Array.of(0.5),
  };
}

/**
 * Evaluates an objective: its scalars, `gradient/…` of each weight, `method/…`, `constant/…`, and its
 * `input`.
 */
export function problemProgram(objective: Objective, { weights, logits }: Model): Program {
  const names = Object.keys(weights), kept = objective.state(shape);
  const float32 = (of: readonly number[]): Spec => ({ shape: of, dtype: "float32" });
  const pass: Pass = (weights, images, options) => ({
    logits: logits(weights, images, options) as Tensor2D,
    batchStatistics: {},
  });
  return {
    name: `${objective.name} problem`,
    inputs: {
      ...Object.fromEntries(names.map((name) => [name, float32(weights[name])])),
      images: float32(shape),
      ...Object.fromEntries(noiseNames(objective).map((name) => [name, float32(shape)])),
      ...Object.fromEntries(
        Object.entries(kept).map(([name, of]) => [`method/${name}`, float32(of)]),
      ),
      ...objective.inputs.rampEpochs > 0 ? { ramp: float32([]) } : {},
    },
    build(given) {
      let input: Tensor = given.images, constants: Tensors = {};
      const { gradients, batchStatistics: _, state, ...scalars } = evaluateObjective({
        ...objective,
        ...objective.constants && {
          constants: (context) => constants = objective.constants!(context),
        },
        ...objective.perturb && {
          perturb: (context) => input = tf.keep(objective.perturb!(context)),
        },
      }, {
        pass,
        weights: Object.fromEntries(names.map((name) => [name, given[name]])),
        images: given.images as Tensor4D,
        labels: tf.oneHot(tf.tensor1d(labels, "int32") as Tensor1D, classes) as Tensor2D,
        noise: noiseNames(objective).map((name) => given[name] as Tensor4D),
        ramp: given.ramp,
        state: Object.fromEntries(
          Object.keys(kept).map((name) => [name, given[`method/${name}`]]),
        ),
      });
      const prefixed = (prefix: string, tensors: Tensors) =>
        Object.fromEntries(
          Object.entries(tensors).map(([name, tensor]) => [`${prefix}/${name}`, tensor]),
        );
      return {
        ...scalars,
        ...prefixed("gradient", gradients),
        ...prefixed("method", state),
        ...prefixed("constant", constants),
        input: tf.clone(input),
      };
    },
  };
}

/** Evaluates an objective on an engine, again and again, with some of what is given replaced. */
export const openProblem = (engine: Engine, objective: Objective, model: Model) =>
  open(engine, problemProgram(objective, model), given(objective, model));

/**
 * Evaluates objectives as one program, which compiles in a third of the time that they take one by one;
 * what it gives has the objective's name before its own.
 *
 * @param problems Their models' weights of one name have one shape
 */
export function openProblems(engine: Engine, problems: readonly (readonly [Objective, Model])[]) {
  const programs = problems.map(([objective, model]) => problemProgram(objective, model));
  const program: Program = {
    name: "problems",
    inputs: Object.assign({}, ...programs.map(({ inputs }) => inputs)),
    build: (given) =>
      Object.fromEntries(
        programs.flatMap(({ build }, i) =>
          Object.entries(build(given)).map(([name, tensor]) => [
            `${problems[i][0].name}: ${name}`,
            tensor,
          ])
        ),
      ),
  };
  return open(engine, program, Object.assign({}, ...problems.map((problem) => given(...problem))));
}

/** Opens a program whose inputs are usually these. */
async function open(engine: Engine, program: Program, usual: Readonly<Record<string, HostData>>) {
  const executable = await engine.compile(program), shapes: Record<string, readonly number[]> = {};
  return {
    /** Of what the last run gave, by name. */
    shapes,
    async run(changes: Readonly<Record<string, HostData>> = {}): Promise<Record<string, number[]>> {
      using used = new DisposableStack();
      const values = Object.fromEntries(
        Object.entries(program.inputs).map(([name, spec]) => [
          name,
          used.use(engine.put(changes[name] ?? usual[name], spec)),
        ]),
      );
      const found: Record<string, number[]> = {};
      for (const [name, value] of Object.entries(await executable.run(values))) {
        found[name] = [...await engine.read(used.use(value))];
        shapes[name] = value.shape;
      }
      return found;
    },
    [Symbol.dispose]: () => executable[Symbol.dispose](),
  };
}
