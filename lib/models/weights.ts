/**
 * Weights as safetensors with PyTorch's `state_dict` names and layouts (OIHW, `[out, in]`), so that
 * models travel both ways.
 *
 * @module
 */
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../formats/safetensors.ts";
import { sameShape, sizeOf } from "../tracing/graph.ts";
import type { Architecture, NetworkShape } from "./architecture.ts";
import type { HostTensor } from "./classifier.ts";
import {
  batchNorms,
  type Network,
  runningShapes,
  shapeOf,
  statistics,
  variables,
} from "./network.ts";

/** Reorders the dimensions of a row-major array. */
function permute({ shape, data }: HostTensor, permutation: readonly number[]): HostTensor {
  const strides = shape.map((_, i) => sizeOf(shape.slice(i + 1)));
  const target = permutation.map((p) => shape[p]), steps = permutation.map((p) => strides[p]);
  const result = new Float32Array(data.length), index = new Array(shape.length).fill(0);
  let from = 0;
  for (let to = 0; to < data.length; to++) {
    result[to] = data[from];
    for (let d = target.length - 1; d >= 0; d--) {
      from += steps[d];
      if (++index[d] < target[d]) break;
      from -= steps[d] * target[d];
      index[d] = 0;
    }
  }
  return { shape: target, data: result };
}

/** `[k, k, I, O]` to `[O, I, k, k]`, `[I, O]` to `[O, I]`; vectors stay. */
export function toTorchLayout(tensor: HostTensor): HostTensor {
  const { length } = tensor.shape;
  return length === 4
    ? permute(tensor, [3, 2, 0, 1])
    : length === 2
    ? permute(tensor, [1, 0])
    : tensor;
}

/** The inverse of {@linkcode toTorchLayout}. */
export function fromTorchLayout(tensor: HostTensor): HostTensor {
  const { length } = tensor.shape;
  return length === 4
    ? permute(tensor, [2, 3, 1, 0])
    : length === 2
    ? permute(tensor, [1, 0])
    : tensor;
}

/**
 * Encodes the weights and running statistics of a model.
 *
 * @param tensors In this project's layout by their `state_dict` names
 * @param updates Training steps taken, PyTorch's `num_batches_tracked`
 */
export function encodeWeights(
  network: Network,
  tensors: Readonly<Record<string, HostTensor>>,
  updates: number,
): Uint8Array<ArrayBuffer> {
  const encoded: Record<string, SafeTensor> = {};
  for (const name of [...Object.keys(variables(network)), ...Object.keys(statistics(network))]) {
    encoded[name] = { dtype: "F32", ...toTorchLayout(tensors[name]) };
  }
  for (const name of batchNorms(network)) {
    encoded[`${name}.num_batches_tracked`] = {
      dtype: "I64",
      shape: [],
      data: BigInt64Array.of(BigInt(updates)),
    };
  }
  return encodeSafetensors(encoded);
}

/**
 * Decodes the weights and running statistics of a model.
 *
 * @param source Named in errors
 * @returns Tensors in this project's layout by their `state_dict` names
 * @throws {RangeError} If a tensor is missing, unknown, of another shape or type, or not finite
 */
export function decodeWeights(
  network: Network,
  bytes: Uint8Array,
  source = "model.safetensors",
): Record<string, HostTensor> {
  return fitWeights(network, decodeSafetensors(bytes, source).tensors, source);
}

/**
 * Checks tensors in PyTorch's layouts against a network; `num_batches_tracked` is left out.
 *
 * @param source Named in errors
 * @param shown What to call a tensor in errors
 * @returns Tensors in this project's layout by their `state_dict` names
 * @throws {RangeError} If a tensor is missing, unknown, of another shape or type, or not finite
 */
export function fitWeights(
  network: Network,
  tensors: Readonly<Record<string, SafeTensor>>,
  source: string,
  shown: (name: string) => string = (name) => name,
): Record<string, HostTensor> {
  const { card, parameters } = network;
  const said = [["activation", card.activation], ...Object.entries(parameters.architecture)]
    .map(([field, value]) => `${field} ${value}`);
  const fail = (detail: string): never => {
    throw new RangeError(
      `Cannot load the weights "${source}": ${detail}; check the model card (${said.join(", ")})`,
    );
  };
  const expected = torchShapes(network.architecture, shapeOf(network));
  const result: Record<string, HostTensor> = {};
  for (const [name, target] of Object.entries(expected)) {
    const tensor = tensors[name], label = `tensor "${shown(name)}"`;
    if (!tensor) return fail(`${label} [${target.join(", ")}] is missing`);
    if (tensor.dtype !== "F32") return fail(`${label} is of type ${tensor.dtype}, expected F32`);
    if (!sameShape(tensor.shape, target)) {
      fail(`${label} has shape [${tensor.shape.join(", ")}], expected [${target.join(", ")}]`);
    }
    const at = tensor.data.findIndex((value) => !Number.isFinite(value));
    if (at >= 0) fail(`${label} holds ${tensor.data[at]} at element ${at}`);
    result[name] = fromTorchLayout({ shape: tensor.shape, data: tensor.data });
  }
  for (const [name, { shape }] of Object.entries(tensors)) {
    if (!(name in expected) && !name.endsWith(".num_batches_tracked")) {
      fail(`tensor "${shown(name)}" [${shape.join(", ")}] is not part of this network`);
    }
  }
  return result;
}

/** Shapes of weights and running statistics in PyTorch's layouts, by their `state_dict` names. */
export function torchShapes(
  architecture: Architecture,
  shape: NetworkShape,
): Record<string, readonly number[]> {
  const trained = Object.entries(architecture.variables(shape)).map(([name, { shape }]) =>
    [name, toTorchShape(shape)] as const
  );
  return { ...Object.fromEntries(trained), ...runningShapes(architecture, shape.parameters) };
}

const toTorchShape = (shape: readonly number[]): readonly number[] =>
  shape.length === 4
    ? [shape[3], shape[2], shape[0], shape[1]]
    : shape.length === 2
    ? [shape[1], shape[0]]
    : shape;
