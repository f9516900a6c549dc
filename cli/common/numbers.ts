/** Reads the numbers of stages' files, to compare them. @module */
import { decodeSafetensors } from "../../lib/formats/safetensors.ts";
import type { NumberReader } from "../../pipeline/verify/compare.ts";

/** Numbers of a safetensors file by tensor; dtypes, shapes and metadata are the rest. */
export const safetensorsNumbers: NumberReader = (bytes) => {
  const { tensors, metadata } = decodeSafetensors(bytes);
  const entries = Object.entries(tensors).sort(([a], [b]) => a < b ? -1 : 1);
  return {
    numbers: new Map(entries.map(([name, { data }]) => [name, data])),
    rest: JSON.stringify([
      entries.map(([name, { dtype, shape }]) => [name, dtype, shape]),
      Object.entries(metadata).sort(),
    ]),
  };
};
