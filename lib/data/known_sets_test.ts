import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { KNOWN_NAMES, recognise } from "./known_sets.ts";
import { RECORD_BYTES } from "./records.ts";
import { permitted } from "../../tests/permitted.ts";

Deno.test("recognise() knows no images that it was not told of, and gives their digest", () => {
  for (const bytes of [new Uint8Array(), new Uint8Array(3 * RECORD_BYTES)]) {
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    for (const split of ["train", "test"] as const) {
      assertEquals(recognise(split, bytes), { set: undefined, sha256 });
    }
  }
});

const PREFIX = new URL("../../../shared/data/cifar10-prefix/", import.meta.url);
const hasPrefix = await Deno.stat(PREFIX).then(() => true, () => false);
permitted({
  name: "recognise() knows cifar10-prefix by every byte, label and order" +
    (hasPrefix ? "" : " (skipped: ../shared/data/cifar10-prefix is not there)"),
  ignore: !hasPrefix,
  fn: () => {
    const test = Deno.readFileSync(new URL("test_batch.first1017.bin", PREFIX));
    assertEquals(recognise("test", test).set, "cifar10-prefix");
    assertEquals(recognise("train", test).set, undefined);
    const changed: [what: string, change: (bytes: Uint8Array) => Uint8Array][] = [
      ["a label", (bytes) => bytes.fill((bytes[0] + 1) % 10, 0, 1)],
      ["a pixel", (bytes) => bytes.fill(bytes[RECORD_BYTES - 1] ^ 1, RECORD_BYTES - 1)],
      ["fewer images", (bytes) => bytes.subarray(0, -RECORD_BYTES)],
      ["the order", (bytes) => {
        bytes.set(test.subarray(RECORD_BYTES, 2 * RECORD_BYTES));
        bytes.set(test.subarray(0, RECORD_BYTES), RECORD_BYTES);
        return bytes;
      }],
    ];
    for (const [what, change] of changed) {
      assertEquals(recognise("test", change(test.slice())).set, undefined, what);
    }
  },
});

Deno.test("the known sets are those that results name", () => {
  assertEquals(KNOWN_NAMES, ["cifar10", "cifar10-prefix", "cifar10-jpeg75"]);
});
