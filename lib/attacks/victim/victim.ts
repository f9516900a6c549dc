/** The model under attack: evaluates blocks of requests with compiled programs. @module */
import type { Engine, Executable, Precision, Values } from "../../engines/engine.ts";
import { isOutOfMemory, OutOfMemoryError } from "../../pjrt/out_of_memory.ts";
import type { Classifier, HostTensor } from "../../models/classifier.ts";
import { flopsOf } from "../../tracing/flops.ts";
import { trace } from "../../tracing/trace.ts";
import type { Patience } from "../run/block_sizes.ts";
import { gradientProgram, logitsProgram, weightInput } from "./programs.ts";
import { losses, type Request, type Response } from "../attack.ts";

/** A model that answers requests. Dispose of it to free its programs and weights. */
export interface Victim extends Disposable {
  readonly classes: number;
  readonly image: readonly [height: number, width: number, channels: number];
  /** Most requests that one block takes. */
  readonly batchSize: number;
  /** Blocks that it computes at the same time; 1 by default. */
  readonly parallel?: number;
  /** Sizes of blocks worth compiling a program for, rising to `batchSize`. */
  readonly sizes: readonly number[];
  /** What compiling one of them costs, in rows of its kind; see {@linkcode blockSizes}. */
  readonly patience?: Patience;
  /** What a block of logits costs besides its rows, in rows; nothing by default. */
  readonly overhead?: number;
  /**
   * Answers one block: requests that all ask for a loss, or none that does. An answer depends on its
   * own request only.
   *
   * @param size Rows to compute, `batchSize` by default; the program of a size is compiled when it is
   * first used
   * @throws {RangeError} If there are too many requests, or the model's numbers are not finite
   * @throws {OutOfMemoryError} If the engine's memory does not hold a single image
   */
  readonly evaluate: (requests: readonly Request[], size?: number) => Promise<Response[]>;
  /** Puts other weights of the same architecture in the place of the model's. */
  readonly load: (weights: Readonly<Record<string, HostTensor>>) => void;
}

/** What a victim is made of. */
export interface VictimOptions {
  readonly engine: Engine;
  readonly classifier: Classifier;
  /** Images in a full block. */
  readonly batchSize: number;
  /** Of the convolutions; `f32` by default. */
  readonly precision?: Precision;
  /** Called when the engine's memory does not hold a block of `size`: halves of it follow. */
  readonly onOutOfMemory?: (size: number, half: number) => void;
}

/**
 * What an engine takes to compile each kind of program and to begin a block, in seconds, the bytes of
 * weights that it takes up in a second for a block, and its floating-point operations in a second:
 * rough, for deciding what is worth it. A CPU's engine has one core, of which bfloat16 is taken to be
 * the kind that it multiplies natively.
 *
 * On two cores with AVX2, blocks of 1 to 24 rows take `0.0026 s + bytes / 2.9e9 + rows * flops / 8e10`
 * at width 32 and 64, rows of narrower networks up to twice as long; convolutions arrange the weights
 * anew for each block.
 */
const costs = {
  cpu: { gradient: 2, logits: 0.5, block: 0.002, weights: 3e9, f32: 8e10, bf16: 4e11 },
  gpu: { gradient: 50, logits: 20, block: 0.001, weights: 2e12, f32: 2e13, bf16: 2e13 },
};

/** A program of one block size and the memory in which its blocks are put together. */
interface Block {
  readonly executable: Executable;
  readonly size: number;
  readonly images: Float32Array<ArrayBuffer>;
}

/**
 * Puts a model into an engine, to be attacked.
 *
 * A block that the engine's memory does not hold is answered in halves, and so are all as large as it
 * from then on. Whoever asks sees no difference, since rows do not interact.
 */
export function createVictim(options: VictimOptions): Victim {
  const { engine, classifier, batchSize, precision, onOutOfMemory } = options;
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(`Cannot attack in blocks of ${batchSize}: expected a positive number`);
  }
  const { classes, image, rounded } = classifier;
  const evaluated = precision === "bf16" && rounded
    ? { ...classifier, logits: rounded }
    : classifier;
  const pixels = image[0] * image[1] * image[2];
  const blocks = new Map<string, Promise<Block>>();
  const compiled: Executable[] = [];
  let weights: Values = {};
  /** Largest size that is not known to exceed the engine's memory. */
  let fitting = batchSize;

  let measured: { patience: Patience; overhead: number } | undefined;
  /** {@linkcode costs} in rows. An engine that computes one operation after another compiles nothing. */
  function measure() {
    const { engine: kind, platform } = engine.description;
    if (kind !== "pjrt") return { patience: { gradient: 0, logits: 0 }, overhead: 0 };
    const cost = costs[platform === "cpu" ? "cpu" : "gpu"];
    const speed = cost[precision === "bf16" ? "bf16" : "f32"];
    const rows = {
      gradient: speed / flopsOf(trace(gradientProgram(evaluated, 1))),
      logits: speed / flopsOf(trace(logitsProgram(evaluated, 1))),
    };
    const bytes = Object.values(classifier.weights).map(({ data }) => data.byteLength);
    const block = cost.block + bytes.reduce((sum, each) => sum + each, 0) / cost.weights;
    return {
      patience: { gradient: cost.gradient * rows.gradient, logits: cost.logits * rows.logits },
      overhead: block * rows.logits,
    };
  }

  function load(tensors: Readonly<Record<string, HostTensor>>): void {
    for (const value of Object.values(weights)) value[Symbol.dispose]();
    weights = Object.fromEntries(
      Object.entries(tensors).map(([name, { shape, data }]) => [
        weightInput(name),
        engine.put(data, { shape, dtype: "float32" }),
      ]),
    );
  }
  load(classifier.weights);

  function block(kind: "logits" | "gradient", size: number): Promise<Block> {
    const key = `${kind} ${size}`;
    let found = blocks.get(key);
    if (!found) {
      const program = kind === "logits" ? logitsProgram : gradientProgram;
      found = engine.compile(program(evaluated, size, precision)).then((executable) => {
        compiled.push(executable);
        return { executable, size, images: new Float32Array(size * pixels) };
      });
      blocks.set(key, found);
    }
    return found;
  }

  async function run({ executable, size, images }: Block, requests: readonly Request[]) {
    // rows beyond the requests keep older images: rows do not interact
    requests.forEach(({ point, change }, row) => {
      images.set(point, row * pixels);
      change?.(images.subarray(row * pixels, (row + 1) * pixels));
    });
    const inputs: Values = {}, made: Values = {};
    try {
      inputs.images = engine.put(images, { shape: [size, ...image], dtype: "float32" });
      if (requests[0].loss) {
        const oneHot = (classOf: (request: Request) => number | undefined) => {
          const data = new Float32Array(size * classes);
          requests.forEach((request, row) => {
            const index = classOf(request);
            if (index !== undefined) data[row * classes + index] = 1;
          });
          return engine.put(data, { shape: [size, classes], dtype: "float32" });
        };
        inputs.labels = oneHot(({ label }) => label);
        inputs.targets = oneHot(({ target }) => target);
        for (const name of losses) {
          const chosen = new Float32Array(size);
          requests.forEach(({ loss }, row) => chosen[row] = loss === name ? 1 : 0);
          inputs[name] = engine.put(chosen, { shape: [size], dtype: "float32" });
        }
      }
      Object.assign(made, await executable.run({ ...weights, ...inputs }));
      const data: Record<string, Float32Array> = {};
      for (const [name, value] of Object.entries(made)) {
        data[name] = await engine.read(value) as Float32Array;
      }
      return data;
    } finally {
      for (const value of [...Object.values(made), ...Object.values(inputs)]) {
        value[Symbol.dispose]();
      }
    }
  }

  async function answer(requests: readonly Request[], size: number): Promise<Response[]> {
    const kind = requests[0].loss ? "gradient" : "logits";
    const used = await block(kind, size);
    const { logits, loss, gradient } = await run(used, requests);
    return requests.map((request, row) => {
      const answer: Response = {
        logits: logits.subarray(row * classes, (row + 1) * classes),
        loss: loss?.[row] ?? 0,
        gradient: gradient?.subarray(row * pixels, (row + 1) * pixels) ?? empty,
      };
      const broken = !allFinite(answer.logits)
        ? "logits"
        : allFinite(answer.gradient)
        ? undefined
        : "input gradient";
      if (broken) {
        throw new RangeError(
          `Cannot attack the model: its ${broken} for an image of class ${request.label} are not finite; train it again`,
        );
      }
      return answer;
    });
  }

  async function answerInMemory(requests: readonly Request[], size: number): Promise<Response[]> {
    if (size <= fitting) {
      try {
        return await answer(requests, size);
      } catch (error) {
        if (!isOutOfMemory(error)) throw error;
        if (size === 1) {
          throw new OutOfMemoryError(
            "Cannot attack the model: the engine's memory does not hold one image; end other " +
              "programs that use the device, or pass a larger --gpu-memory",
            { cause: error },
          );
        }
        const half = Math.ceil(size / 2);
        // another block of this size may have failed before
        if (half < fitting) {
          fitting = half;
          onOutOfMemory?.(size, half);
        }
      }
    }
    const answers: Response[] = [];
    while (answers.length < requests.length) {
      const part = fitting, from = answers.length;
      answers.push(...await answerInMemory(requests.slice(from, from + part), part));
    }
    return answers;
  }

  return {
    classes,
    image,
    batchSize,
    sizes: eighths(batchSize),
    get patience() {
      return (measured ??= measure()).patience;
    },
    get overhead() {
      return (measured ??= measure()).overhead;
    },
    load,
    async evaluate(requests, size = batchSize) {
      if (requests.length === 0) return [];
      if (requests.length > size) {
        throw new RangeError(
          `Cannot evaluate ${requests.length} points at once: expected at most ${size}`,
        );
      }
      return await answerInMemory(requests, size);
    },
    [Symbol.dispose]() {
      for (const value of Object.values(weights)) value[Symbol.dispose]();
      weights = {};
      // at once and not when a promise settles: the engine may be closed right after
      for (const executable of compiled.splice(0)) executable[Symbol.dispose]();
      blocks.clear();
    },
  };
}

const empty = new Float32Array(0);

/** Whether no value is infinite or not a number; a loop, since it sees every gradient. */
function allFinite(values: Float32Array): boolean {
  let zero = 0;
  for (let i = 0; i < values.length; i++) zero += values[i] * 0; // 0, or NaN
  return zero === 0;
}

/** A size, its eighths, and the half of one, rising. */
function eighths(size: number): number[] {
  const eighth = Math.ceil(size / 8), found = [Math.ceil(eighth / 2)];
  for (let part = eighth; part < size; part += eighth) found.push(part);
  return [...new Set([...found, size])];
}
