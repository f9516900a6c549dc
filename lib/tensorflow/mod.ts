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
import * as tf from "@tensorflow/tfjs";
import { mendGradients } from "./mend.ts";
import { refuseGradients } from "./refuse.ts";

tf.enableProdMode(); // no advertisement of other backends on the first operation
mendGradients(tf);
refuseGradients(tf);

export { tf };
/** TensorFlow.js as it is handed to rules, which do not import it. */
export type TensorFlow = typeof tf;
export { convolution } from "./convolution.ts";
export { logSoftmax } from "./log_softmax.ts";
