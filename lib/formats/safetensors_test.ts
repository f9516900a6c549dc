import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "./safetensors.ts";
import { parseSafetensorsHeader } from "./safetensors_header.ts";

/** A file with the given header text and payload, whatever they say. */
function file(header: string, payload: number[] = [], claimed = header.length): Uint8Array {
  const bytes = new Uint8Array(8 + header.length + payload.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(claimed), true);
  bytes.set(new TextEncoder().encode(header), 8);
  bytes.set(payload, 8 + header.length);
  return bytes;
}

/** What Python's safetensors 0.8.0 writes for the two tensors below, space-padded header included. */
const PYTHON_HEADER =
  '{"__metadata__":{"format":"pt"},"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},' +
  '"a":{"dtype":"F32","shape":[1,2],"data_offsets":[8,16]}}';

Deno.test("encodeSafetensors() writes the bytes that Python's safetensors writes", () => {
  const bytes = encodeSafetensors({
    a: { dtype: "F32", shape: [1, 2], data: new Float32Array([1, -2]) },
    n: { dtype: "I64", shape: [], data: new BigInt64Array([7n]) },
  }, { format: "pt" });
  const header = PYTHON_HEADER.padEnd(Math.ceil(PYTHON_HEADER.length / 8) * 8);
  const payload = [7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0];
  assertEquals(bytes, file(header, payload));
});

Deno.test("decodeSafetensors() reads a header without padding at any alignment", () => {
  const header = '{"b":{"dtype":"BOOL","shape":[1],"data_offsets":[0,1]},' +
    '"a":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}';
  const { tensors, metadata } = decodeSafetensors(file(header, [1, 0, 0, 0x80, 0x3f]));
  assertEquals(tensors, {
    b: { dtype: "BOOL", shape: [1], data: new Uint8Array([1]) },
    a: { dtype: "F32", shape: [1], data: new Float32Array([1]) },
  });
  assertEquals(metadata, {});
});

const tensor: fc.Arbitrary<SafeTensor> = fc.array(fc.nat(3), { maxLength: 3 }).chain((shape) => {
  const size = { length: shape.reduce((a, b) => a * b, 1) };
  const exactly = { minLength: size.length, maxLength: size.length };
  return fc.oneof(
    fc.float32Array(exactly).map((data) => ({ dtype: "F32", shape, data } as SafeTensor)),
    fc.int32Array(exactly).map((data) => ({ dtype: "I32", shape, data } as SafeTensor)),
    fc.bigInt64Array(exactly).map((data) => ({ dtype: "I64", shape, data } as SafeTensor)),
    fc.uint8Array(exactly).map((data) => ({ dtype: "U8", shape, data } as SafeTensor)),
    fc.array(fc.nat(1), exactly).map((bits) =>
      ({ dtype: "BOOL", shape, data: new Uint8Array(bits) }) as SafeTensor
    ),
  );
});
const name = fc.oneof(fc.string(), fc.constantFrom("__proto__", "conv1.weight", "17", "0"))
  .filter((text) => text !== "__metadata__");

Deno.test("decodeSafetensors() inverts encodeSafetensors(), whatever the order", () => {
  fc.assert(fc.property(
    fc.uniqueArray(fc.tuple(name, tensor), { selector: ([key]) => key, maxLength: 6 }),
    fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true, maxKeys: 3 }),
    (entries, metadata) => {
      const tensors = Object.fromEntries(entries);
      const bytes = encodeSafetensors(tensors, metadata);
      assertEquals(decodeSafetensors(bytes), { tensors, metadata });
      assertEquals(encodeSafetensors(Object.fromEntries(entries.toReversed()), metadata), bytes);
    },
  ));
});

Deno.test("decodeSafetensors() never accepts a file cut short", () => {
  const bytes = encodeSafetensors({
    a: { dtype: "F32", shape: [3], data: new Float32Array([1, 2, 3]) },
    b: { dtype: "U8", shape: [2], data: new Uint8Array([4, 5]) },
  });
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => decodeSafetensors(bytes.subarray(0, length), "cut"), SyntaxError, '"cut"');
  }
});

const entry = (dtype: string, shape: string, offsets: string) =>
  `{"w":{"dtype":"${dtype}","shape":${shape},"data_offsets":${offsets}}}`;
const zip = [0x50, 0x4b, 3, 4, 0, 0, 8, 8, 0, 0],
  pickle = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 70];
const bad: [criterion: string, bytes: Uint8Array, message: string][] = [
  ["a lying header length", file("{}", [], 1000), "its header claims 1000 bytes, but at most 2"],
  [
    "a ZIP archive of torch.save",
    Uint8Array.from(zip),
    "it is a file of torch.save, not safetensors; make",
  ],
  [
    "a pickle of torch.save",
    Uint8Array.from(pickle),
    "it is a file of torch.save, not safetensors",
  ],
  ["a header that is no JSON", file("{,}"), "its header is not JSON"],
  ["a header that is a list", file("[]"), "its header is not a JSON object"],
  [
    "half precision",
    file(entry("F16", "[1]", "[0,2]"), [0, 0]),
    '"w" is of dtype F16, which cannot',
  ],
  ["an unknown dtype", file(entry("Q4", "[1]", "[0,4]"), [0]), 'tensor "w" has unknown dtype "Q4"'],
  ["a negative size", file(entry("U8", "[-1]", "[0,1]"), [0]), 'tensor "w" has shape [-1]'],
  ["reversed offsets", file(entry("U8", "[1]", "[1,0]"), [0]), "has data_offsets [1,0]"],
  ["a wrong size", file(entry("F32", "[2]", "[0,4]"), [0]), "[2] expects 8 bytes, found 4"],
  ["an end past the file", file(entry("U8", "[9]", "[0,9]"), [0]), 'tensor "w" ends at byte'],
  ["a gap", file(entry("U8", "[1]", "[1,2]"), [0, 0]), "leaves a gap before it"],
  ["bytes after the tensors", file(entry("U8", "[1]", "[0,1]"), [0, 0]), "tensors take 1 bytes"],
  ["metadata of numbers", file('{"__metadata__":{"a":1}}'), '"__metadata__" is not an object'],
  [
    "overlapping tensors",
    file(
      '{"v":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},' +
        '"w":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}',
      [0, 0, 0],
    ),
    'tensor "w" overlaps the one before: expected it to begin at 2, found 1',
  ],
];
for (const [criterion, bytes, message] of bad) {
  Deno.test(`decodeSafetensors() refuses ${criterion}`, () => {
    const error = assertThrows(() => decodeSafetensors(bytes, "m.safetensors"), SyntaxError);
    assertEquals(error.message.startsWith('Cannot read "m.safetensors": '), true, error.message);
    assertEquals(error.message.includes(message), true, error.message);
  });
}

Deno.test("encodeSafetensors() refuses data that contradicts dtype or shape", () => {
  const data = new Float32Array(3);
  assertThrows(
    () => encodeSafetensors({ w: { dtype: "F32", shape: [2], data } }),
    RangeError,
    'Cannot write tensor "w": shape [2] expects 2 elements, found 3',
  );
  assertThrows(
    () => encodeSafetensors({ w: { dtype: "I32", shape: [3], data } as unknown as SafeTensor }),
    TypeError,
    'Cannot write tensor "w": dtype I32 expects a Int32Array, found Float32Array',
  );
});

Deno.test("parseSafetensorsHeader() needs no more of a file than its header", () => {
  const bytes = encodeSafetensors({
    a: { dtype: "F32", shape: [3], data: new Float32Array([1, 2, 3]) },
    b: { dtype: "U8", shape: [1, 2], data: new Uint8Array([4, 5]) },
  }, { card: "{}" });
  const end = bytes.length, head = bytes.subarray(0, end - 14);
  assertEquals(parseSafetensorsHeader(head, "m.safetensors", end), {
    tensors: {
      a: { dtype: "F32", shape: [3], begin: end - 14, end: end - 2 },
      b: { dtype: "U8", shape: [1, 2], begin: end - 2, end },
    },
    metadata: { card: "{}" },
  });
  assertThrows(() => parseSafetensorsHeader(head, "m", end - 1), SyntaxError, "it is truncated");
});
