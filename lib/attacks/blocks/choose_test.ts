import { assertEquals } from "@std/assert";
import { blocksInFlight, chooseBlock, lanesWanted, type Waiting } from "./choose.ts";
import type { BlockKind, BlockShapes } from "./shapes.ts";

const shapes: BlockShapes = { batchSize: 4, sizes: [1, 2, 4] };

/** Who waits: `g` for a gradient, `l` for logits. */
const waiting = (idle: string, more: Partial<Waiting> = {}): Waiting => ({
  idle: [...idle].map((kind): BlockKind => kind === "g" ? "gradient" : "logits"),
  running: idle.length,
  inFlight: 0,
  left: 100,
  ...more,
});

const full = () => 4;

Deno.test("chooseBlock() takes the first lanes of the kind that more ask for, gradients if equal", () => {
  const cases: [idle: string, lanes: number[]][] = [
    ["gglgl", [0, 1, 3]],
    ["llgll", [0, 1, 3, 4]],
    ["gl", [0]],
    ["gggggg", [0, 1, 2, 3]],
  ];
  for (const [idle, lanes] of cases) {
    const chosen = chooseBlock(shapes, full, waiting(idle));
    assertEquals(chosen, { lanes, ahead: lanes.map(() => 0), size: 4 }, idle);
  }
});

Deno.test("chooseBlock() waits for answers rather than compute a block that is not full", () => {
  assertEquals(chooseBlock(shapes, full, waiting("")), undefined);
  assertEquals(chooseBlock(shapes, full, waiting("gg", { inFlight: 1, running: 6 })), undefined);
  assertEquals(chooseBlock(shapes, full, waiting("gg"))?.lanes, [0, 1]);
  assertEquals(chooseBlock(shapes, full, waiting("gggg", { inFlight: 1 }))?.lanes, [0, 1, 2, 3]);
});

Deno.test("chooseBlock() shares lanes among engines", () => {
  const two = { ...shapes, parallel: 2 };
  assertEquals([blocksInFlight(shapes), blocksInFlight(two)], [2, 4]);
  assertEquals([lanesWanted(shapes), lanesWanted(two)], [12, 20]);
  assertEquals(chooseBlock(two, full, waiting("gggggg"))?.lanes, [0, 1, 2]);
});

Deno.test("chooseBlock() fills a block with the likeliest guesses, no more than it has rows", () => {
  const asked: [lane: number, count: number][] = [];
  const chances = (lane: number, count: number) => {
    asked.push([lane, count]);
    return [0.9, 0.8, 0.7].slice(0, count).map((chance) => lane === 0 ? chance : chance / 2);
  };
  const one = { ...shapes, overhead: 4 };
  const chosen = chooseBlock(one, (rows) => rows, waiting("ll", { running: 2, chances }));
  assertEquals(chosen, { lanes: [0], ahead: [3], size: 4 });
  assertEquals(asked, [[0, 3]], "guesses with one engine: two parts, one of which waits");
  // a gradient is never guessed
  assertEquals(chooseBlock(one, full, waiting("g", { chances }))?.ahead, [0]);
});

Deno.test("chooseBlock() says how many blocks may come yet", () => {
  const seen: unknown[] = [];
  chooseBlock(shapes, (...given) => seen.push(given), waiting("ggg", { left: 30 }));
  assertEquals(seen, [[3, "gradient", 10]]);
});
