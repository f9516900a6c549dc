import { assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { sha256 } from "./sha256.ts";

Deno.test("sha256() is SHA-256, whatever the length", () => {
  for (const length of [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000]) {
    const bytes = Uint8Array.from({ length }, (_, i) => 31 * i + length);
    assertEquals(sha256(bytes), createHash("sha256").update(bytes).digest("hex"), `${length}`);
  }
});
