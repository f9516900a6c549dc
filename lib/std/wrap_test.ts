import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { wrap } from "./wrap.ts";

Deno.test("wrap() indents the lines after the first", () => {
  assertEquals(wrap("- one two three four", 10, "  "), ["- one two", "  three", "  four"]);
});

Deno.test("wrap() loses no word and exceeds the width only for a word of its own", () => {
  const word = fc.string({ minLength: 1, maxLength: 14 }).map((text) => text.replaceAll(" ", "x"));
  fc.assert(fc.property(fc.array(word, { minLength: 1 }), (words) => {
    const lines = wrap(words.join(" "), 12);
    assertEquals(lines.join(" "), words.join(" "));
    for (const line of lines) assert(line.length <= 12 || !line.includes(" "));
  }));
});
