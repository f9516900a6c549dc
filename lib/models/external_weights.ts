/** @module */
import { parseSafetensorsHeader } from "../formats/safetensors_header.ts";
import { decodeTensor, type SafeTensor } from "../formats/safetensors.ts";
import type { HostTensor } from "./classifier.ts";
import { readExternal } from "./external.ts";
import type { Network } from "./network.ts";
import { fitWeights } from "./weights.ts";

/** Weights from elsewhere. */
export interface ExternalWeights {
  /** In this project's layout by their `state_dict` names. */
  readonly weights: Record<string, HostTensor>;
  /** What was read, taken for something else, and left out. */
  readonly notes: readonly string[];
}

/**
 * Decodes weights from elsewhere.
 *
 * @param source Named in errors
 * @param prefix Where the network is, if there are several
 * @throws {SyntaxError} If the file is not safetensors
 * @throws {RangeError} If a tensor is missing, unknown, of another shape or type, or not finite
 */
export function decodeExternalWeights(
  network: Network,
  bytes: Uint8Array<ArrayBuffer>,
  source: string,
  prefix?: string,
): ExternalWeights {
  const { weights, original, notes } = readExternal(parseSafetensorsHeader(bytes, source), {
    source,
    target: network,
    prefix,
    read: ({ begin, end }) => bytes.slice(begin, end),
  });
  // tensors that are left out may be of types that cannot be decoded
  const decoded: Record<string, SafeTensor> = {};
  for (const [name, entry] of Object.entries(weights)) {
    decoded[name] = decodeTensor(bytes, original(name), entry, source);
  }
  return { weights: fitWeights(network, decoded, source, original), notes };
}
