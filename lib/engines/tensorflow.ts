/** The eager engine on TensorFlow, through the binding of `@tensorflow/tfjs-node-gpu`. @module */
import { loadBinding } from "../tensorflow_binding/load.ts";
import { BINDING_PACKAGE } from "../tensorflow_binding/package.ts";
import type { Engine } from "./engine.ts";
import { openTfjs } from "./tfjs.ts";

/**
 * Opens the `tensorflow` engine.
 *
 * @param binding Path of the binding that `deno task engine:tensorflow` built
 * @throws {Error} If no binding is given or it cannot be loaded; the message says how to get one
 */
export async function openTensorflow(binding: string | undefined): Promise<Engine> {
  if (binding === undefined) {
    throw new Error(
      'Cannot open the engine "tensorflow": its binding was not built; run "deno task ' +
        'engine:tensorflow" (1.3 GB, half a minute), or use --engine pjrt',
    );
  }
  const { tensorflow, gpu } = await loadBinding(binding);
  return await openTfjs("tensorflow", {
    platform: gpu ? "cuda" : "cpu",
    versions: { tensorflow, binding: `${BINDING_PACKAGE.name} ${BINDING_PACKAGE.version}` },
  });
}
