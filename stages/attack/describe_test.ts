import { assertEquals } from "@std/assert";
import { createDescription } from "./describe.ts";

Deno.test("createDescription() tells robust accuracy, estimate and each attack's time left", () => {
  let now = 5_000;
  const describe = createDescription(() => now);
  const state = { overall: 0.1, attack: "apgd-ce", done: 40, total: 100, robust: 6, count: 8 };
  const told = (changes: Partial<typeof state>, later: number) => {
    now += later;
    return describe({ ...state, estimate: 0.5, ...changes });
  };
  // resumed at 40 of 100: the rate counts from there
  assertEquals(told({}, 0), "apgd-ce: 6 of 8 robust (75.0 %), 50.0 % expected");
  assertEquals(
    told({ done: 50 }, 2_000),
    "apgd-ce: 6 of 8 robust (75.0 %), 50.0 % expected, 10 s left",
  );
  assertEquals(
    told({ attack: "square", done: 0, robust: 4 }, 9_000),
    "square: 4 of 8 robust (50.0 %), 50.0 % expected",
  );
  const slow = { attack: "square", robust: 4, total: 1000 };
  assertEquals(
    told({ ...slow, done: 1 }, 1_000),
    "square: 4 of 8 robust (50.0 %), 50.0 % expected, 17 min left",
  );
  assertEquals(
    told({ ...slow, done: 2 }, 60_000),
    "square: 4 of 8 robust (50.0 %), 50.0 % expected, 9 h left",
  );
  assertEquals(
    told({ ...slow, done: 1000 }, 1),
    "square: 4 of 8 robust (50.0 %), 50.0 % expected",
  );
});
