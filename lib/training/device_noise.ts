/** Random numbers that an engine draws itself. @module */
import type { Tensor } from "@tensorflow/tfjs-core";
import type { Engine, Program, Spec, Submitted } from "../engines/engine.ts";
import { philox4x32, type Stream } from "../random/philox.ts";
import { tf } from "../tensorflow/mod.ts";
import { isTracing } from "../tracing/trace.ts";
import { sizeOf } from "../tracing/graph.ts";

/** Words of a Philox block. */
const blockSize = 4;

/** Uniform numbers in [-1, 1) from a stream, in an engine. */
export interface NoiseSource extends Disposable {
  /**
   * The `index`-th array of a stream's numbers, `noise`, handed to the engine and not waited for: what
   * `stream.fill(array, -1, 1)` makes of the array when it is called for the `index`-th time.
   */
  readonly draw: (stream: Pick<Stream, "origin">, index: number) => Promise<Submitted>;
}

/** Draws `[-1, 1)` of a shape from a stream's origin and the first block's number. */
export function noiseProgram(shape: readonly number[]): Program {
  const blocks = Math.ceil(sizeOf(shape) / blockSize);
  return {
    name: "noise",
    inputs: { origin: { shape: [5], dtype: "int32" } },
    build({ origin }) {
      const drawn = isTracing()
        ? tf.engine().runKernel("Philox", { origin }, { blocks }) as Tensor
        : tf.tensor(eagerly(origin.dataSync() as Int32Array, blocks));
      const numbers = tf.slice(tf.reshape(drawn, [blocks * blockSize]), [0], [sizeOf(shape)]);
      return { noise: tf.reshape(numbers, [...shape]) };
    },
  };
}

/** What the kernel `Philox` computes. */
function eagerly([k0, k1, c2, c3, first]: Int32Array, blocks: number): Float32Array {
  const numbers = new Float32Array(blocks * blockSize), block = new Uint32Array(blockSize);
  for (let i = 0; i < blocks; i++) {
    philox4x32(block, [first + i, 0, c2, c3], [k0, k1]);
    for (let j = 0; j < blockSize; j++) {
      numbers[i * blockSize + j] = (block[j] >>> 8) * 2 ** -23 - 1;
    }
  }
  return numbers;
}

/**
 * Prepares an engine to draw arrays of one shape.
 *
 * @throws {RangeError} If an array is no whole number of Philox' blocks of four
 */
export async function createNoise(engine: Engine, shape: readonly number[]): Promise<NoiseSource> {
  const size = sizeOf(shape), spec: Spec = { shape: [5], dtype: "int32" };
  if (size % blockSize !== 0) {
    throw new RangeError(
      `Cannot draw ${size} numbers at a time: expected a multiple of ${blockSize}`,
    );
  }
  const executable = await engine.compile(noiseProgram(shape));
  return {
    async draw({ origin }, index) {
      const first = index * size / blockSize;
      if (first + size / blockSize > 2 ** 32) {
        throw new RangeError(`Cannot draw array ${index} of ${size} numbers: a stream has 2^34`);
      }
      using start = engine.put(Int32Array.of(...origin, first), spec);
      return await executable.submit({ origin: start });
    },
    [Symbol.dispose]: () => executable[Symbol.dispose](),
  };
}
