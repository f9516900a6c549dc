import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { decodeParts, encodeParts } from "./parts.ts";

/** The second argument of a script's call. */
const contentOf = (script: string) => /,"(.*)"\)\n$/.exec(script)![1];

Deno.test("decodeParts() reads what encodeParts() wrote, and refuses damage", async () => {
  const parts = {
    a: Uint8Array.of(1, 2, 3),
    "b/c": new Uint8Array(300).fill(7),
    none: new Uint8Array(),
  };
  const script = await encodeParts("x.js", parts);
  assertStringIncludes(script, 'smoothnessCheck.receive("x.js","');
  assertEquals(await decodeParts(contentOf(script)), parts);
  const text = contentOf(script), other = text[5] === "A" ? "B" : "A";
  const read = await decodeParts(text.slice(0, 5) + other + text.slice(6)).catch(() => undefined);
  assertNotEquals(read, parts);
});
