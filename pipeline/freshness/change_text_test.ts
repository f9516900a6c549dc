import { assertEquals } from "@std/assert";
import { changeLine, changeText } from "./change_text.ts";

Deno.test("changeText() tells values before and now, and what is new or gone", () => {
  const text = (now: Parameters<typeof changeText>[0]["now"], before: typeof now) =>
    changeText({ name: "objective.lambda", now, before });
  assertEquals(text(2, 1.5), "objective.lambda is 2, was 1.5");
  assertEquals(text({ rule: "free" }, null), 'objective.lambda is new: {"rule":"free"}');
  assertEquals(text(null, "a"), 'objective.lambda is gone, was "a"');
  assertEquals(text(8 / 255, ["a", 1]), 'objective.lambda is 8/255, was ["a", 1]');
  assertEquals(
    text("a".repeat(64), "b".repeat(64)),
    `objective.lambda is ${"a".repeat(12)}, was ${"b".repeat(12)}`,
  );
  assertEquals(
    text("x".repeat(500), 1).length,
    "objective.lambda is ".length + 80 + ", was 1".length,
  );
});

Deno.test("changeText() tells of a list what it has more and fewer, or that its order is another", () => {
  const rows = ["a", "b", "c", "d", "e"];
  const text = (now: string[], before: string[]) => changeText({ name: "table", now, before });
  assertEquals(text(["a", "n", "b"], ["a", "b"]), "table has 1 more: n");
  assertEquals(text([], rows), "table has 5 fewer: a, b and 3 besides");
  assertEquals(text(["a", "x"], ["a", "b"]), "table has 1 more: x, table has 1 fewer: b");
  assertEquals(text(["b", "a"], ["a", "b"]), "table is in another order");
  assertEquals(text(["a", "a"], ["a"]), "table has 1 more: a");
  assertEquals(
    changeLine({ name: "table", now: ["a", "n"], before: ["a"] }),
    "table has 1 more: n",
  );
  assertEquals(changeLine({ name: "rate", now: 1, before: null }), "rate: nothing -> 1");
});
