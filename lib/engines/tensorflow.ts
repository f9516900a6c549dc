/** The eager engine on `@tensorflow/tfjs-node-gpu`, where its native library is installed. @module */
import util from "node:util";
import type { Engine } from "./engine.ts";
import { openTfjs } from "./tfjs.ts";

/**
 * Opens the `tensorflow` engine.
 *
 * @throws {Error} If the package's native library is missing, which it is until its build script
 * was run
 */
export async function openTensorflow(): Promise<Engine> {
  // tfjs-node 4.22 calls two functions that current Node.js versions no longer have
  const legacy = util as unknown as Record<string, unknown>;
  legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  legacy.isArray ??= Array.isArray;
  try {
    // a computed name keeps the optional package out of the module graph, so nobody else downloads it
    const optional = "@tensorflow/tfjs-node-gpu";
    await import(optional);
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new Error(
      `Cannot open the engine "tensorflow": the native library of @tensorflow/tfjs-node-gpu is missing (${reason}); ` +
        'on a machine with CUDA 11.2, set "nodeModulesDir": "auto" and "allowScripts": ["npm:@tensorflow/tfjs-node-gpu"] in deno.json and run "deno install", or use --engine pjrt',
      { cause: error },
    );
  }
  return openTfjs("tensorflow");
}
