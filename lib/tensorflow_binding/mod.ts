export type { BuildOptions, BuildProgress } from "./options.ts";
/**
 * The native binding of the engine `tensorflow`: found where it was built, or built.
 *
 * The npm package `@tensorflow/tfjs-node-gpu` brings its binding as C++ and, by an install script,
 * compiled against TensorFlow 2.9 and CUDA 11.2, which current GPUs cannot use. The same C++ compiles
 * against the C library in a current wheel of TensorFlow.
 *
 * @example
 * ```ts
 * import { findBinding } from "./mod.ts";
 * const binding = await findBinding({ folder: "artifacts/engines" });
 * console.log(binding ?? "none yet: deno task engine:tensorflow builds it");
 * ```
 *
 * @module
 */
export { buildBinding } from "./build.ts";
export { findCompiler } from "./compile.ts";
export { bindingHome, findBinding, type FindOptions, readRecord } from "./find.ts";
export { loadBinding, type LoadedBinding } from "./load.ts";
export { TENSORFLOW_CPU, TENSORFLOW_GPU, type TensorflowPackage } from "./package.ts";
