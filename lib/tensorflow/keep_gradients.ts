/** Keeps mended gradients from being replaced by a package that brings its own. @module */
import * as tf from "@tensorflow/tfjs-core";

/**
 * Imports packages and puts back the gradients that they replaced: `@tensorflow/tfjs`, on which
 * `@tensorflow/tfjs-node-gpu` depends, registers all of them once more, unmended.
 *
 * @param load Imports the packages
 * @returns What `load` returns
 */
export async function keepGradients<T>(load: () => Promise<T>): Promise<T> {
  const names = Object.values(tf).filter((value) => typeof value === "string"); // kernels' names
  const kept = names.map((name) => tf.getGradient(name)).filter((one) => one !== undefined);
  try {
    return await load();
  } finally {
    for (const gradient of kept) tf.registerGradient(gradient);
  }
}
