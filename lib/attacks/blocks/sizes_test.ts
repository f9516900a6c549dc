import { assert, assertEquals } from "@std/assert";
import { blockSizes, noSizes } from "./sizes.ts";

const victim = {
  sizes: [8, 16, 32, 48, 64],
  batchSize: 64,
  patience: { gradient: 1000, logits: 300 },
};

Deno.test("blockSizes() compiles the fitting size at once where many such blocks are to come", () => {
  const sizeOf = blockSizes(victim, noSizes());
  assertEquals(sizeOf(20, "gradient", 500), 32);
  assertEquals(sizeOf(20, "gradient", 499), 32);
});

Deno.test("blockSizes() compiles the full size first where few blocks are to come", () => {
  const sizeOf = blockSizes(victim, noSizes());
  assertEquals(sizeOf(20, "gradient", 10), 64);
});

Deno.test("blockSizes() compiles nothing for a size that passes by", () => {
  const counts = noSizes(), sizeOf = blockSizes(victim, counts);
  sizeOf(60, "gradient", 900);
  // as in FAB's first iterations: each size once or twice, of many blocks yet to come
  for (const count of [40, 24, 10, 64, 30, 45, 7, 64, 50]) {
    assertEquals(sizeOf(count, "gradient", 900), 64);
  }
  assertEquals(counts.earned, ["gradient 64"]);
});

Deno.test("blockSizes() compiles a size that stays, sooner the more rows it spares", () => {
  const after = (count: number) => {
    const sizeOf = blockSizes(victim, noSizes());
    assertEquals(sizeOf(64, "gradient", 900), 64);
    let blocks = 0;
    while (sizeOf(count, "gradient", 900 - blocks) === 64) blocks++;
    return blocks;
  };
  const [few, more, most] = [after(40), after(30), after(5)];
  assert(most < more && more < few, `${most}, ${more}, ${few}`);
  assert(most > 1 && few < 1000 / 16, `${most}, ${few}`);
});

Deno.test("blockSizes() compiles nothing that can no longer pay, however much was wasted", () => {
  const sizeOf = blockSizes(victim, noSizes());
  const sizes = Array.from({ length: 80 }, (_, i) => sizeOf(40, "gradient", 80 - i));
  assertEquals(sizes, sizes.map(() => 64)); // 16 rows each: 1,280 in all
});

Deno.test("blockSizes() tells kinds apart and goes on from what was counted", () => {
  const counts = noSizes();
  const calls = Array.from(
    { length: 60 },
    (_, i) => [i < 2 ? 60 : 5 + i % 3, i % 2 ? "gradient" : "logits"] as const,
  );
  const run = (from: typeof calls, sizeOf: ReturnType<typeof blockSizes>) =>
    from.map(([count, kind]) => sizeOf(count, kind, 200));
  const whole = run(calls, blockSizes(victim, counts));
  assert(whole.some((size) => size === 8) && whole.some((size) => size === 64));
  assert(counts.earned.includes("logits 8") && counts.earned.includes("gradient 8"));

  const half = noSizes(), first = run(calls.slice(0, 25), blockSizes(victim, half));
  const stored = JSON.parse(JSON.stringify(half));
  assertEquals([...first, ...run(calls.slice(25), blockSizes(victim, stored))], whole);
});
