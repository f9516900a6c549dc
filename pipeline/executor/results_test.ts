import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { permitted } from "../../tests/permitted.ts";
import { tailOf } from "./results.ts";

permitted("tailOf() reads the last lines, and no more of a large file than its end", () => {
  const folder = Deno.makeTempDirSync({ prefix: "tail_" }), path = join(folder, "0.out");
  try {
    assertEquals(tailOf(path), []);
    for (const text of ["a", "a\nb\n", "é\n\nc"]) {
      Deno.writeTextFileSync(path, text);
      assertEquals(tailOf(path), text.trimEnd().split("\n"));
    }
    const lines = Array.from({ length: 30 }, (_, n) => `line ${n}`);
    Deno.writeTextFileSync(path, `${"x".repeat(1 << 20)}\n${lines.join("\n")}\n`);
    assertEquals(tailOf(path), lines.slice(10));
    Deno.writeTextFileSync(path, "x".repeat(1 << 20));
    assertEquals(tailOf(path)[0].length, 1 << 16);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
