/** Loads the binding into this process and registers TensorFlow.js's backend on it. @module */
import { createRequire } from "node:module";
import util from "node:util";
import { tf } from "../tensorflow/mod.ts";
import { BINDING_PACKAGE } from "./package.ts";
import { reduceAxisByAxis } from "./reductions.ts";

/** A binding that was loaded. */
export interface LoadedBinding {
  /** Version of TensorFlow. */
  readonly tensorflow: string;
  /** Whether TensorFlow found a GPU that it can use. */
  readonly gpu: boolean;
}

interface NativeBinding {
  readonly TF_Version: string;
  readonly isUsingGpuDevice: () => boolean;
}

let loaded: { readonly path: string; readonly binding: LoadedBinding } | undefined;

/**
 * Loads a binding and registers the backend `tensorflow`; a second call does nothing.
 *
 * The package's own entry point looks for a binding in a folder of its own and registers much that
 * is not needed; its backend and kernels are taken from beside it. What they take for all of
 * TensorFlow.js is its core (`overrides` in package.json), the copy of it that `lib/tensorflow` has,
 * so that they work with its mended gradients.
 *
 * @param path Of the binding, a Node-API addon
 * @throws {Error} If it cannot be loaded, or another one was before
 */
export async function loadBinding(path: string): Promise<LoadedBinding> {
  if (loaded?.path === path) return loaded.binding;
  if (loaded) {
    throw new Error(
      `Cannot load the TensorFlow binding "${path}": this process has loaded "${loaded.path}"`,
    );
  }
  // it calls two functions that current versions of Node.js, and so Deno, no longer have
  const legacy = util as unknown as Record<string, unknown>;
  legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
  legacy.isArray ??= Array.isArray;
  // computed names keep the optional package out of the module graph, so nobody else downloads it
  const { name } = BINDING_PACKAGE;
  let native: NativeBinding;
  try {
    await import(`${name}/dist/register_all_kernels.js`);
    const { NodeJSKernelBackend } = (await import(`${name}/dist/nodejs_kernel_backend.js`)).default;
    native = createRequire(import.meta.url)(path);
    reduceAxisByAxis("tensorflow");
    tf.registerBackend("tensorflow", () => new NodeJSKernelBackend(native, name));
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
    throw new Error(
      `Cannot load the TensorFlow binding "${path}": ${reason}; ` +
        'run "deno task engine:tensorflow" to build it anew',
      { cause: error },
    );
  }
  const binding = { tensorflow: native.TF_Version, gpu: native.isUsingGpuDevice() };
  loaded = { path, binding };
  return binding;
}
