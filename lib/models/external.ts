/**
 * Weights from elsewhere: files of a `state_dict` whose names may carry the prefixes of wrappers, and
 * which may hold the normalisation as buffers. What a header says is all that is needed here;
 * `external_weights.ts` decodes.
 *
 * @module
 */
import { elements } from "../formats/safetensors_header.ts";
import type { ModelCard } from "./card.ts";

/** What wrappers put before names: `DataParallel`, a module that holds the network, `compile`. */
const PREFIXES = /^(?:(?:module|model|_orig_mod)\.)+/;

/** Names under which models keep the normalisation of pixels in [0, 1]. */
const BUFFERS: Readonly<Record<"mean" | "std", RegExp>> = {
  mean: /^(?:(?:normalize|normalizer|normalization|norm)\.)?(?:mean|mu)$/,
  std: /^(?:(?:normalize|normalizer|normalization|norm)\.)?(?:std|sigma)$/,
};

/** A tensor of a file, as far as its header goes. */
interface Described {
  readonly dtype: string;
  readonly shape: readonly number[];
}

/** The tensors of a file by their names without prefixes. */
export interface ExternalTensors<T extends Described> {
  /** What a network may consist of. */
  readonly weights: Readonly<Record<string, T>>;
  /** Tensors that hold the normalisation, by the card's field. */
  readonly buffers: { readonly [field in "mean" | "std"]?: T };
  /** The name in the file of a name without prefix; the name itself where there is none. */
  readonly original: (name: string) => string;
}

/**
 * Takes the prefixes off all names and sets the normalisation apart.
 *
 * @param source Named in errors
 * @throws {RangeError} If two names are then the same, or a buffer is not one float32 a channel
 */
export function sortTensors<T extends Described>(
  tensors: Readonly<Record<string, T>>,
  source: string,
): ExternalTensors<T> {
  const fail = (detail: string): never => {
    throw new RangeError(`Cannot load the weights "${source}": ${detail}`);
  };
  const weights: Record<string, T> = {}, originals = new Map<string, string>();
  const buffers: { [field in "mean" | "std"]?: T } = {}, holders: Record<string, string> = {};
  for (const [original, tensor] of Object.entries(tensors)) {
    const name = original.replace(PREFIXES, "");
    const field = (["mean", "std"] as const).find((field) => BUFFERS[field].test(name));
    const { dtype, shape } = tensor;
    if (field === undefined) {
      const other = originals.get(name);
      if (other !== undefined) {
        fail(`tensors "${other}" and "${original}" are both "${name}" without their prefixes`);
      }
      originals.set(name, original);
      weights[name] = tensor;
      continue;
    }
    if (field in buffers) {
      fail(`tensors "${holders[field]}" and "${original}" both hold the normalisation's ${field}`);
    }
    if (dtype !== "F32" || elements(shape) !== 3) {
      fail(
        `tensor "${original}", the normalisation's ${field}, is ${dtype} [${
          shape.join(", ")
        }], expected F32 of three elements`,
      );
    }
    holders[field] = original;
    buffers[field] = tensor;
  }
  return { weights, buffers, original: (name) => originals.get(name) ?? name };
}

/** What shapes say of a network: width, final batch norm, and PReLU by its slopes. */
export function inferCard(weights: Readonly<Record<string, Described>>): Partial<ModelCard> {
  const [width] = weights["conv1.weight"]?.shape ?? [];
  return {
    ...width > 0 ? { width } : {},
    final_bn: "bn.weight" in weights,
    ..."layer1.0.act1.weight" in weights ? { activation: "prelu" } : {},
  };
}

/**
 * Weights in another precision stand for another network: converting them is left to who saved them.
 *
 * @throws {RangeError} If a floating-point tensor is not float32
 */
export function refuseOtherTypes(
  tensors: Readonly<Record<string, Described>>,
  source: string,
): void {
  for (const [name, { dtype }] of Object.entries(tensors)) {
    if (!/F\d/.test(dtype) || dtype === "F32") continue;
    throw new RangeError(
      `Cannot load the weights "${source}": tensor "${name}" is of type ${dtype}, expected F32; ` +
        'save "model.float().state_dict()"',
    );
  }
}
