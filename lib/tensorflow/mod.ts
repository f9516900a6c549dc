/**
 * TensorFlow.js with second-order gradients that are right: always import `tf` from here.
 *
 * The mends (see `mend.ts`) are applied once, before anything is differentiated; what is wrong and not
 * mended is refused (see `refuse.ts`).
 *
 * @example
 * ```ts
 * import { logSoftmax, tf } from "./mod.ts";
 * await tf.setBackend("cpu");
 * const x = tf.tensor2d([[1, 2, 4]]);
 * const penalty = (y: typeof x) => tf.sum(tf.square(tf.grad((z) => tf.sum(tf.exp(z)))(y)));
 * tf.grad((y) => penalty(y as typeof x))(x); // 2 e^(2x), not 0
 * logSoftmax(x);
 * ```
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
// The core's own files of gradients are ES modules without extensions, which Deno cannot load; of the
// small packages, layers alone has them built in and registers them.
import "@tensorflow/tfjs-layers";
import { mendGradients } from "./mend.ts";
import { addMethods } from "./methods.ts";
import { refuseGradients } from "./refuse.ts";

tf.enableProdMode(); // no advertisement of other backends on the first operation
addMethods(tf);
mendGradients(tf);
refuseGradients(tf);

export { tf };
/** TensorFlow.js as it is handed to rules, which do not import it. */
export type TensorFlow = typeof tf;
export { convolution } from "./convolution.ts";
export { logSoftmax } from "./log_softmax.ts";
