/** Values of the normalisation that a file holds, and the type that all its values must have. @module */
import { elements, type TensorEntry } from "../formats/safetensors_header.ts";
import type { ModelCard } from "./card.ts";
import type { Entries, NormalisationTensors } from "./external_places.ts";

/**
 * Reads one value a channel; a single one is that of all channels.
 *
 * @param fail Throws
 */
export function readNormalisation(
  tensors: NormalisationTensors,
  read: (entry: TensorEntry) => Uint8Array<ArrayBuffer>,
  fail: (detail: string) => never,
): Partial<Pick<ModelCard, "mean" | "std">> {
  return Object.fromEntries(
    Object.entries(tensors).map(([field, [name, entry]]) => {
      const { dtype, shape } = entry, count = elements(shape);
      if (dtype !== "F32" || (count !== 1 && count !== 3)) {
        fail(
          `tensor "${name}", the normalisation's ${field}, is ${dtype} [${shape.join(", ")}], ` +
            "expected F32 of three elements",
        );
      }
      // one element may be anything, such as the noise of smoothing, but for its company
      const holders = Object.values(tensors).map(([name]) => name.replace(/\w+$/, ""));
      if (count === 1 && (holders.length !== 2 || holders[0] !== holders[1])) {
        fail(
          `tensor "${name}" of one element may be the normalisation's ${field} or something else; ` +
            "expected mean and std in one place, or three elements",
        );
      }
      const values = [...new Float32Array(read(entry).buffer)];
      return [field, count === 1 ? Array(3).fill(values[0]) : values];
    }),
  );
}

/**
 * Weights in another precision stand for another network: converting them is left to who saved them.
 *
 * @throws {RangeError} If a floating-point tensor is not float32
 */
export function refuseOtherTypes(tensors: Entries, source: string): void {
  for (const [name, { dtype }] of Object.entries(tensors)) {
    if (!/F\d/.test(dtype) || dtype === "F32") continue;
    throw new RangeError(
      `Cannot load the weights "${source}": tensor "${name}" is of type ${dtype}, expected F32; ` +
        'save "model.float().state_dict()"',
    );
  }
}
