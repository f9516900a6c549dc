import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeRecords, encodeRecords, IMAGE_BYTES, RECORD_BYTES } from "./records.ts";

Deno.test("decodeRecords() takes the first byte of a record as its label", () => {
  const bytes = new Uint8Array(2 * RECORD_BYTES).fill(7);
  bytes[0] = 3;
  bytes[RECORD_BYTES] = 9;
  bytes[RECORD_BYTES + 1] = 200;
  const { labels, pixels } = decodeRecords(bytes, "test_batch.bin");
  assertEquals(labels, new Uint8Array([3, 9]));
  assertEquals([pixels[0], pixels[IMAGE_BYTES - 1], pixels[IMAGE_BYTES]], [7, 7, 200]);
});

Deno.test("encodeRecords() inverts decodeRecords()", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(9), fc.nat(255)), { maxLength: 3 }),
      (rows) => {
        const bytes = new Uint8Array(rows.length * RECORD_BYTES);
        rows.forEach(([label, value], i) => {
          const record = bytes.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES);
          record.forEach((_, at) => record[at] = value + 31 * at);
          record[0] = label;
        });
        assertEquals(encodeRecords(decodeRecords(bytes, "any")), bytes);
      },
    ),
    { numRuns: 30 },
  );
});

Deno.test("decodeRecords() refuses a size that is no whole number of records", () => {
  assertThrows(
    () => decodeRecords(new Uint8Array(RECORD_BYTES + 1), "data/test_batch.bin"),
    RangeError,
    'Cannot read "data/test_batch.bin": size 3074 is not a multiple of 3073',
  );
});

Deno.test("decodeRecords() refuses a label above 9", () => {
  const bytes = new Uint8Array(2 * RECORD_BYTES);
  bytes[RECORD_BYTES] = 10;
  assertThrows(
    () => decodeRecords(bytes, "data_batch_1.bin"),
    RangeError,
    'Cannot read "data_batch_1.bin": record 1 has label 10, expected 0 to 9',
  );
});

Deno.test("decodeRecords() inverts encodeRecords() of images of another shape and other classes", () => {
  const task = { image: [2, 3, 1], classes: 2 } as const;
  const records = {
    labels: Uint8Array.of(1, 0),
    pixels: Uint8Array.from({ length: 12 }, (_, i) => 20 * i),
  };
  const bytes = encodeRecords(records, task.image);
  assertEquals(decodeRecords(bytes, "train.bin", task), records);
  const cases: [Uint8Array, string][] = [
    [
      bytes.subarray(1),
      'Cannot read "train.bin": size 13 is not a multiple of 7, the bytes of a label and an image ' +
      "of 2x3x1; it is truncated or of other images",
    ],
    [
      Uint8Array.of(2, ...bytes.subarray(1)),
      'Cannot read "train.bin": record 0 has label 2, expected 0 to 1; it is of other images',
    ],
  ];
  for (const [wrong, message] of cases) {
    assertThrows(() => decodeRecords(wrong, "train.bin", task), RangeError, message);
  }
});

Deno.test("encodeRecords() refuses labels without images", () => {
  assertThrows(
    () => encodeRecords({ labels: new Uint8Array(2), pixels: new Uint8Array(IMAGE_BYTES) }),
    RangeError,
    "2 labels expect 6144 pixel bytes, found 3072",
  );
});
