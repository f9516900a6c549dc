import { assertEquals } from "@std/assert";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { compareFiles, TOLERANCE } from "../../pipeline/verify/compare.ts";
import { safetensorsNumbers } from "./numbers.ts";

const model = (weights: number[], step = 3n, name = "conv1.weight") =>
  encodeSafetensors({
    [name]: { dtype: "F32", shape: [weights.length], data: Float32Array.from(weights) },
    step: { dtype: "I64", shape: [], data: BigInt64Array.of(step) },
  });

Deno.test("safetensorsNumbers() compares tensors by their names, shapes and numbers", () => {
  const compare = (again: Uint8Array) =>
    compareFiles(model([1, 0.5]), again, TOLERANCE, safetensorsNumbers);
  assertEquals(compare(model([1, 0.5])), { kind: "identical" });
  const close = compare(model([1, 0.50001]));
  assertEquals(
    close.kind === "within tolerance" && [close.largest.name, close.differing, close.total],
    ["conv1.weight", 1, 3],
  );
  assertEquals(compare(model([1, 0.6])).kind, "different");
  assertEquals(compare(model([1, 0.5], 4n)).kind, "different");
  assertEquals(compare(model([1, 0.5, 2])).kind, "different");
  assertEquals(compare(model([1, 0.5], 3n, "conv2.weight")).kind, "different");
});
