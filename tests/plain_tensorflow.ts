/**
 * A worker with TensorFlow.js as it comes, without the mends of `lib/tensorflow`: its own module
 * graph keeps them out. Posts the gradient at [0, 1] of the squared norm of the gradient of
 * sum(e^x + x^2 / 2).
 *
 * @module
 */
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import "@tensorflow/tfjs-layers"; // registers the gradients

declare const self: { postMessage(message: unknown): void }; // a worker's scope

await tf.setBackend("cpu");
const gradient = tf.grad((x) => tf.sum(tf.add(tf.exp(x), tf.mul(tf.square(x), 0.5))));
const penalty = tf.grad((x) => tf.sum(tf.square(gradient(x))));
self.postMessage(Array.from(penalty(tf.tensor1d([0, 1])).dataSync()));
