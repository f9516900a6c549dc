import { assertEquals } from "@std/assert";
import { bfloat16Of } from "./bfloat16.ts";

const intel = (flags: string) =>
  `processor\t: 0\nmodel name\t: X\nflags\t\t: fpu avx2 ${flags} sse2\nbugs\t\t: amx_bf16\n`;

Deno.test("bfloat16Of() names the fastest instructions of a processor", () => {
  assertEquals(bfloat16Of(intel("avx512_bf16 amx_bf16 amx_tile")), "AMX");
  assertEquals(bfloat16Of(intel("avx512_bf16")), "AVX-512");
  assertEquals(bfloat16Of("processor\t: 0\nFeatures\t: fp asimd bf16 i8mm\n"), "Arm");
});

Deno.test("bfloat16Of() is undefined where a processor has none, or no list is found", () => {
  assertEquals(bfloat16Of(intel("avx512f amx_tile")), undefined);
  assertEquals(bfloat16Of(""), undefined);
});
