import { assertEquals } from "./assert.ts";
import { coloured, paintForOutput, plain } from "./paint.ts";

Deno.test("paintForOutput() colours a terminal, and neither pipes nor where NO_COLOR is set", () => {
  assertEquals(paintForOutput(true, false)("stale", "stale"), "\x1b[33mstale\x1b[39m");
  for (const [terminal, noColor] of [[true, true], [false, false], [false, true]]) {
    assertEquals(paintForOutput(terminal, noColor)("stale", "stale"), "stale");
  }
});

Deno.test("coloured() leaves the letters as they are, and an empty text empty", () => {
  for (const mood of ["good", "stale", "bad", "dim"] as const) {
    // deno-lint-ignore no-control-regex
    assertEquals(coloured("a b", mood).replace(/\x1b\[\d+m/g, ""), plain("a b", mood));
    assertEquals(coloured("", mood), "");
  }
});
