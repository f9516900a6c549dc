/**
 * Tensors by name in one file: the safetensors format (https://huggingface.co/docs/safetensors),
 * an 8-byte header length, a JSON header, then the elements, little endian and row major.
 *
 * The same tensors always give the same bytes, those that Python's `safetensors` writes: tensors by
 * falling element size class and then by name, the header padded with spaces to 8 bytes.
 *
 * @example
 * ```ts
 * import { decodeSafetensors, encodeSafetensors } from "./safetensors.ts";
 * const bytes = encodeSafetensors({
 *   "fc.bias": { dtype: "F32", shape: [2], data: new Float32Array([0.5, -1]) },
 * });
 * const { tensors } = decodeSafetensors(bytes, "model.safetensors");
 * tensors["fc.bias"].data; // Float32Array [0.5, -1]
 * ```
 *
 * @module
 */
import {
  elements,
  isSize,
  malformed,
  METADATA,
  parseSafetensorsHeader,
  type TensorEntry,
} from "./safetensors_header.ts";

/** Array type of each element type; `BOOL` is one byte of 0 or 1. In the order of the file format. */
const ARRAYS = {
  BOOL: Uint8Array,
  U8: Uint8Array,
  I8: Int8Array,
  I16: Int16Array,
  U16: Uint16Array,
  I32: Int32Array,
  U32: Uint32Array,
  F32: Float32Array,
  F64: Float64Array,
  I64: BigInt64Array,
  U64: BigUint64Array,
} as const;

/** Element types that can be read and written. */
export type SafetensorsDType = keyof typeof ARRAYS;

const DTYPES = Object.keys(ARRAYS) as SafetensorsDType[];

type DataOf<D extends SafetensorsDType> = InstanceType<(typeof ARRAYS)[D]> & {
  readonly buffer: ArrayBuffer;
};

/** One tensor: element type, shape and elements in row-major order. */
export type SafeTensor = {
  [D in SafetensorsDType]: {
    readonly dtype: D;
    readonly shape: readonly number[];
    readonly data: DataOf<D>;
  };
}[SafetensorsDType];

/** What {@linkcode decodeSafetensors} returns. */
export interface SafetensorsContent {
  readonly tensors: Record<string, SafeTensor>;
  readonly metadata: Record<string, string>;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Encodes tensors; equal tensors and metadata give equal bytes whatever their order.
 *
 * @throws {TypeError} If a tensor's data is not of its dtype's array type
 * @throws {RangeError} If a tensor's data does not have as many elements as its shape
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors).sort(([a, { dtype: x }], [b, { dtype: y }]) =>
    DTYPES.indexOf(y) - DTYPES.indexOf(x) || compare(a, b)
  );
  const header: [string, unknown][] = [];
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) {
    header.push([METADATA, Object.fromEntries(keys.map((key) => [key, metadata[key]]))]);
  }
  let end = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    checkForWriting(name, { dtype, shape, data } as SafeTensor);
    header.push([name, { dtype, shape, data_offsets: [end, end += data.byteLength] }]);
  }
  // Written entry by entry: an object would move keys that look like numbers to the front.
  const text = `{${
    header.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")
  }}`;
  const json = new TextEncoder().encode(text);
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, 8, 8 + headerBytes);
  bytes.set(json, 8);
  let at = 8 + headerBytes;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

function checkForWriting(name: string, { dtype, shape, data }: SafeTensor): void {
  if (name === METADATA) {
    throw new TypeError(
      `Cannot write tensor "${name}": the name is reserved; give the metadata as second argument`,
    );
  }
  const Array = ARRAYS[dtype];
  if (Array === undefined) {
    throw new TypeError(
      `Cannot write tensor "${name}": unknown dtype "${dtype}", expected one of ${
        DTYPES.join(", ")
      }`,
    );
  }
  if (!(data instanceof Array)) {
    const found = (data as object)?.constructor?.name ?? typeof data;
    throw new TypeError(
      `Cannot write tensor "${name}": dtype ${dtype} expects a ${Array.name}, found ${found}`,
    );
  }
  if (!shape.every(isSize) || elements(shape) !== data.length) {
    throw new RangeError(
      `Cannot write tensor "${name}": shape [${shape.join(", ")}] expects ${
        elements(shape)
      } elements, found ${data.length}`,
    );
  }
}

/**
 * Decodes a safetensors file. The whole file must be accounted for: no gaps, overlaps or rest.
 *
 * @param bytes The file
 * @param name What to call the file in errors
 * @throws {SyntaxError} If the header or a tensor contradicts the format or the file's size; the
 * message names the file and the tensor, what was expected and what was found
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  name = "safetensors",
): SafetensorsContent {
  const { tensors, metadata } = parseSafetensorsHeader(bytes, name);
  const decoded = Object.entries(tensors).map(([tensor, entry]): [string, SafeTensor] => [
    tensor,
    decodeTensor(bytes, tensor, entry, name),
  ]);
  return { tensors: Object.fromEntries(decoded), metadata: { ...metadata } };
}

/**
 * Decodes one tensor of a file.
 *
 * @param bytes The file
 * @param tensor What to call the tensor in errors
 * @param name What to call the file in errors
 * @throws {SyntaxError} If its type cannot be read
 */
export function decodeTensor(
  bytes: Uint8Array,
  tensor: string,
  { dtype, shape, begin, end }: TensorEntry,
  name: string,
): SafeTensor {
  if (!Object.hasOwn(ARRAYS, dtype)) {
    throw malformed(
      name,
      `tensor "${tensor}" is of dtype ${dtype}, which cannot be read, expected one of ${
        DTYPES.join(", ")
      }`,
    );
  }
  // Copied, because a typed array must start at a multiple of its element size.
  const buffer = bytes.slice(begin, end).buffer as ArrayBuffer;
  const data = new ARRAYS[dtype as SafetensorsDType](buffer);
  return { dtype, shape, data } as SafeTensor;
}
