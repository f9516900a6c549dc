/** @module */
import { decodeSafetensors, type SafeTensor } from "../formats/safetensors.ts";
import { parseSafetensorsHeader } from "../formats/safetensors_header.ts";
import type { ModelCard } from "./card.ts";
import type { HostTensor } from "./classifier.ts";
import { refuseOtherTypes, sortTensors } from "./external.ts";
import { fitWeights } from "./weights.ts";

/**
 * Decodes weights from elsewhere.
 *
 * @param source Named in errors
 * @returns Tensors in this project's layout by their `state_dict` names
 * @throws {SyntaxError} If the file is not safetensors
 * @throws {RangeError} If a tensor is missing, unknown, of another shape or type, or not finite
 */
export function decodeExternalWeights(
  card: ModelCard,
  bytes: Uint8Array,
  source: string,
): Record<string, HostTensor> {
  // by the header first: types such as F16 cannot be decoded
  refuseOtherTypes(parseSafetensorsHeader(bytes, source).tensors, source);
  const { weights, original } = sortTensors(decodeSafetensors(bytes, source).tensors, source);
  return fitWeights(card, weights as Record<string, SafeTensor>, source, original);
}
