/** A model in an engine: its programs, compiled for the sizes of block that are used. @module */
import type { Engine, Executable, Precision, Values } from "../../engines/engine.ts";
import type { Classifier, HostTensor } from "../../models/classifier.ts";
import type { Request, Response } from "../attack.ts";
import { measureCosts } from "../blocks/costs.ts";
import { inHalves } from "../blocks/halving.ts";
import { type BlockKind, eighths } from "../blocks/shapes.ts";
import { checkedLosses, type Losses } from "../loss.ts";
import { type BlockRows, packRequests, unpackResponses } from "./pack.ts";
import { gradientProgram, logitsProgram, weightInput } from "./programs.ts";
import type { Victim } from "./victim.ts";

/** What a victim is made of. */
export interface VictimOptions {
  readonly engine: Engine;
  readonly classifier: Classifier;
  /** Images in a full block. */
  readonly batchSize: number;
  /** Of the convolutions; `f32` by default. */
  readonly precision?: Precision;
  /** Losses of the attacks that are to run, besides those that checks ask for. */
  readonly losses?: Losses;
  /** Called when the engine's memory does not hold a block of `size`: halves of it follow. */
  readonly onOutOfMemory?: (size: number, half: number) => void;
}

/** A program of one block size and the memory in which its blocks are put together. */
interface Block extends BlockRows {
  readonly executable: Executable;
}

/**
 * Puts a model into an engine, to be attacked.
 *
 * @throws {RangeError} If the block size is not a positive whole number
 */
export function createVictim(options: VictimOptions): Victim {
  const { engine, classifier, batchSize, precision, onOutOfMemory } = options;
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new RangeError(`Cannot attack in blocks of ${batchSize}: expected a positive number`);
  }
  const { classes, image, rounded } = classifier;
  const losses = { ...checkedLosses, ...options.losses };
  const evaluated = precision === "bf16" && rounded
    ? { ...classifier, logits: rounded }
    : classifier;
  const pixels = image[0] * image[1] * image[2];
  const programOf = (kind: BlockKind, size: number, precision?: Precision) =>
    kind === "logits"
      ? logitsProgram(evaluated, size, precision)
      : gradientProgram(evaluated, size, losses, precision);
  const blocks = new Map<string, Promise<Block>>();
  const compiled: Executable[] = [];
  let weights: Values = {};

  let measured: ReturnType<typeof measureCosts> | undefined;
  const costs = () =>
    measured ??= measureCosts(engine.description, {
      precision,
      row: { gradient: programOf("gradient", 1), logits: programOf("logits", 1) },
      weights: classifier.weights,
    });

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

  function block(kind: BlockKind, size: number): Promise<Block> {
    const key = `${kind} ${size}`;
    let found = blocks.get(key);
    if (!found) {
      found = engine.compile(programOf(kind, size, precision)).then((executable) => {
        compiled.push(executable);
        return { executable, size, images: new Float32Array(size * pixels) };
      });
      blocks.set(key, found);
    }
    return found;
  }

  async function answer(requests: readonly Request[], size: number): Promise<Response[]> {
    const used = await block(requests[0].loss ? "gradient" : "logits", size);
    const inputs: Values = {}, made: Values = {};
    try {
      Object.assign(inputs, packRequests(engine, classifier, used, requests, Object.keys(losses)));
      Object.assign(made, await used.executable.run({ ...weights, ...inputs }));
      const data: Record<string, Float32Array> = {};
      for (const [name, value] of Object.entries(made)) {
        data[name] = await engine.read(value) as Float32Array;
      }
      return unpackResponses(data, used, requests);
    } finally {
      for (const value of [...Object.values(made), ...Object.values(inputs)]) {
        value[Symbol.dispose]();
      }
    }
  }
  const answerInMemory = inHalves(answer, batchSize, onOutOfMemory);

  return {
    classes,
    image,
    batchSize,
    sizes: eighths(batchSize),
    get patience() {
      return costs().patience;
    },
    get overhead() {
      return costs().overhead;
    },
    load,
    async evaluate(requests, size = batchSize) {
      if (requests.length === 0) return [];
      if (requests.length > size) {
        throw new RangeError(
          `Cannot evaluate ${requests.length} points at once: expected at most ${size}`,
        );
      }
      const unknown = requests.find(({ loss }) => loss !== undefined && !(loss in losses));
      if (unknown) {
        throw new RangeError(
          `Cannot evaluate the loss "${unknown.loss}": expected ${
            Object.keys(losses).join(", ")
          }; pass the rule's losses to createVictim()`,
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
