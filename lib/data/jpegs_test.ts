import { assertEquals, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { jpegBatch, NARROW, PATTERN, PATTERN_SHA256 } from "./_jpeg_fixture.ts";
import { decodeJpegs } from "./jpegs.ts";
import { recognise } from "./known_sets.ts";
import { RECORD_BYTES } from "./records.ts";
import { permitted } from "../../tests/permitted.ts";

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

Deno.test("decodeJpegs() gives the labels, and the bytes that Pillow decodes", () => {
  const records = decodeJpegs(jpegBatch([3, PATTERN], [9, PATTERN]), "a.jpegs");
  assertEquals(records.length, 2 * RECORD_BYTES);
  assertEquals([records[0], records[RECORD_BYTES]], [3, 9]);
  for (const at of [1, RECORD_BYTES + 1]) {
    assertEquals(sha256(records.subarray(at, at + RECORD_BYTES - 1)), PATTERN_SHA256);
  }
  assertEquals(decodeJpegs(new Uint8Array(), "a.jpegs").length, 0);
});

Deno.test("decodeJpegs() refuses what is damaged, names the record, and decodes the next file", () => {
  const flipped = PATTERN.slice();
  flipped.fill(0xff, PATTERN.length - 60, PATTERN.length - 40);
  const cases: [bytes: Uint8Array, message: string][] = [
    [jpegBatch([1, PATTERN]).subarray(0, 500), "it has 500 bytes and ends within record 0; it is"],
    [jpegBatch([1, PATTERN], [1, PATTERN]).subarray(0, 836), "ends within record 1; it is trunc"],
    [jpegBatch([10, PATTERN]), "record 0 has label 10, expected 0 to 9"],
    [jpegBatch([1, PATTERN], [2, NARROW]), "record 1 is an image of 16x32 pixels, expected 32x32"],
    [
      jpegBatch([1, PATTERN.subarray(0, 780)]),
      "record 0 is a JPEG file of 780 bytes that is damaged (Premature end of JPEG file); copy",
    ],
    [jpegBatch([1, flipped]), "record 0 is a JPEG file of 831 bytes that is damaged (Corrupt JPEG"],
    [jpegBatch([1, Uint8Array.of(1, 2, 3)]), "damaged (Not a JPEG file: starts with 0x01 0x02)"],
    [jpegBatch([1, new Uint8Array()]), "record 0 is a JPEG file of 0 bytes that is damaged"],
  ];
  for (const [bytes, message] of cases) {
    assertThrows(() => decodeJpegs(bytes, "a.jpegs"), RangeError, message);
    assertEquals(decodeJpegs(jpegBatch([1, PATTERN]), "b.jpegs").length, RECORD_BYTES);
  }
});

const SET = fileURLToPath(new URL("../../../shared/data/cifar10-jpeg75/", import.meta.url));
const hasSet = await Deno.stat(SET).then(() => true, () => false);
permitted({
  name: "decodeJpegs() makes of cifar10-jpeg75 what its digests say, bit for bit" +
    (hasSet ? "" : " (skipped: ../shared/data/cifar10-jpeg75 is not there)"),
  ignore: !hasSet,
  fn: () => {
    const decode = (name: string) => decodeJpegs(Deno.readFileSync(join(SET, name)), name);
    const batches = [1, 2, 3, 4, 5].map((n) => decode(`data_batch_${n}.jpegs`));
    const train = new Uint8Array(batches.reduce((sum, { length }) => sum + length, 0));
    batches.forEach((batch, n) => train.set(batch, n * batches[0].length));
    assertEquals(recognise("train", train).set, "cifar10-jpeg75");
    assertEquals(recognise("test", decode("test_batch.jpegs")).set, "cifar10-jpeg75");
  },
});
