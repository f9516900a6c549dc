/** @module */
import type { Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";
import type { ModelCard } from "./card.ts";
import type { Classifier, HostTensor } from "./classifier.ts";
import { classes, forward } from "./preact_resnet.ts";
import { activateRounded } from "./rounded_activations.ts";
import { decodeWeights } from "./weights.ts";

/** The classifier of a card and its weights, in evaluation mode. */
export function classifier(
  card: ModelCard,
  weights: Readonly<Record<string, HostTensor>>,
): Classifier {
  const { arch, width, activation, beta, final_bn, shortcut } = card;
  return {
    // everything that is constant in the traced program, so that equal names mean equal programs
    name: [
      arch,
      width,
      activation,
      beta ?? "",
      final_bn,
      shortcut,
      card.mean,
      card.std,
      card.bn_eps,
    ]
      .join(" "),
    classes,
    image: [32, 32, 3],
    weights,
    logits: (tensors: Tensors, images: Tensor4D): Tensor2D =>
      forward(card, tensors, images, "eval").logits,
    rounded: (tensors: Tensors, images: Tensor4D): Tensor2D =>
      forward(card, tensors, images, "eval", activateRounded).logits,
  };
}

/**
 * The classifier of a safetensors file and its card.
 *
 * @param source Named in errors
 * @throws {RangeError} If the weights do not fit the card
 */
export function loadClassifier(bytes: Uint8Array, card: ModelCard, source?: string): Classifier {
  return classifier(card, decodeWeights(card, bytes, source));
}
