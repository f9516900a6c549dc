/** @module */
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";
import type { Classifier, HostTensor } from "./classifier.ts";
import { forward } from "./forward.ts";
import type { Network } from "./network.ts";
import { decodeWeights } from "./weights.ts";

/** The classifier of a network and its weights, in evaluation mode. */
export function classifier(
  network: Network,
  weights: Readonly<Record<string, HostTensor>>,
): Classifier {
  const { card, parameters, classes, image } = network;
  return {
    // everything that is constant in the traced program, so that equal names mean equal programs
    name: [
      card.arch,
      ...Object.values(parameters.architecture),
      card.activation,
      ...Object.values(parameters.activation),
      card.mean,
      card.std,
      card.bn_eps,
    ].join(" "),
    classes,
    image,
    weights,
    logits: (tensors: Tensors, images: Tensor4D): Tensor2D =>
      forward(network, tensors, images, { mode: "eval" }).logits,
    rounded: (tensors: Tensors, images: Tensor4D): Tensor2D =>
      forward(network, tensors, images, { mode: "eval", rounded: true }).logits,
  };
}

/**
 * The classifier of a safetensors file and its network.
 *
 * @param source Named in errors
 * @throws {RangeError} If the weights do not fit the network
 */
export function loadClassifier(bytes: Uint8Array, network: Network, source?: string): Classifier {
  return classifier(network, decodeWeights(network, bytes, source));
}
