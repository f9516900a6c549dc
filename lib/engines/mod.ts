/**
 * Engines: what compiles and runs programs.
 *
 * @example
 * ```ts
 * import { openEngine } from "./mod.ts";
 * import { tf } from "../tensorflow/mod.ts";
 * using engine = await openEngine({ kind: "cpu" });
 * using square = await engine.compile({
 *   name: "square",
 *   inputs: { x: { shape: [2], dtype: "float32" } },
 *   build: ({ x }) => ({ y: tf.square(x) }),
 * });
 * using x = engine.put(new Float32Array([1, 2]), { shape: [2], dtype: "float32" });
 * const { y } = await square.run({ x });
 * console.log(await engine.read(y)); // 1, 4
 * y[Symbol.dispose]();
 * ```
 *
 * @module
 */
import type { Engine, EngineOptions } from "./engine.ts";

export type * from "./engine.ts";

/** Engines by the name that `--engine` takes. */
export const engineKinds = ["pjrt", "cpu", "tensorflow"] as const;

/** Most engines that {@linkcode openEngines} opens: each has programs and weights of its own. */
const most = 4;

/**
 * Opens several engines that compute at the same time, each on its own share of the cores; one where
 * the machine has one core, or the engine is another than `pjrt` on a CPU.
 *
 * A small network's step leaves cores idle while its threads wait for each other: on two cores, two
 * engines with a core each evaluate a network of width 16 about 1.4 times as fast as one with both.
 *
 * @throws As {@linkcode openEngine}
 */
export async function openEngines(options: EngineOptions): Promise<Engine[]> {
  const { kind, plugin } = options;
  if (kind !== "pjrt" || !plugin) return [await openEngine(options)];
  const { isCudaPlugin } = await import("../pjrt_plugin/cuda.ts");
  if (isCudaPlugin(plugin)) return [await openEngine(options)]; // a GPU is shared by no engines
  const { availableCores } = await import("../pjrt/affinity.ts");
  const cores = availableCores(), count = Math.min(most, cores.length);
  if (count < 2) return [await openEngine(options)];
  const { openPjrt } = await import("./pjrt.ts");
  const first = openPjrt(plugin, {
    ...options,
    cores: cores.filter((_, i) => i % count === 0),
  });
  if (first.description.platform !== "cpu") {
    first[Symbol.dispose](); // another device's engine wants all cores for its own work
    return [openPjrt(plugin, options)];
  }
  const rest = Array.from(
    { length: count - 1 },
    (_, share) =>
      openPjrt(plugin, { ...options, cores: cores.filter((_, i) => i % count === share + 1) }),
  );
  return [first, ...rest];
}

/**
 * Opens an engine.
 *
 * @throws {RangeError} If there is no such engine
 * @throws {Error} If what it needs is missing; the message says how to get it
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const { kind, plugin } = options;
  switch (kind) {
    case "pjrt": {
      if (!plugin) {
        throw new Error(
          'Cannot open the engine "pjrt": no plugin given; pass --plugin PATH or run "deno task doctor"',
        );
      }
      const { openPjrt } = await import("./pjrt.ts");
      return openPjrt(plugin, options);
    }
    case "cpu": {
      const { openTfjs } = await import("./tfjs.ts");
      return openTfjs("cpu");
    }
    case "tensorflow": {
      const { openTensorflow } = await import("./tensorflow.ts");
      return await openTensorflow(plugin);
    }
    default:
      throw new RangeError(
        `Cannot open the engine "${kind}": expected one of ${engineKinds.join(", ")}`,
      );
  }
}
