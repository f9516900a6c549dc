import { assertEquals } from "@std/assert";
import { compileOptions } from "./compile_options.ts";

const ascii = (text: string) => Array.from(new TextEncoder().encode(text));

Deno.test("compileOptions() asks for any device, one replica and one partition", () => {
  const minusOne = [...Array(9).fill(0xff), 0x01];
  assertEquals(
    Array.from(compileOptions()),
    [0x1a, 15, 0x08, ...minusOne, 0x20, 0x01, 0x28, 0x01],
  );
});

Deno.test("compileOptions() appends each option as an entry of a map", () => {
  const base = compileOptions().length;
  assertEquals(Array.from(compileOptions({ on: true, to: "x" })).slice(base), [
    ...[0x3a, 8, 0x0a, 2, ...ascii("on"), 0x12, 2, 0x10, 1],
    ...[0x3a, 9, 0x0a, 2, ...ascii("to"), 0x12, 3, 0x0a, 1, ...ascii("x")],
  ]);
});
