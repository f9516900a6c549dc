import { assertEquals } from "@std/assert";
import { margin, predict, targetOrder } from "./logits.ts";

Deno.test("predict() takes the highest logit, the lowest index among equals", () => {
  assertEquals(predict([1, 3, 2]), 1);
  assertEquals(predict([2, 2, 2]), 0);
  assertEquals(predict([-Infinity, -5, -5]), 1);
});

Deno.test("margin() is negative exactly where another logit is higher", () => {
  assertEquals(margin([1, 3, 2], 1), 1);
  assertEquals(margin([1, 3, 2], 0), -2);
  assertEquals(margin([3, 3], 0), 0);
});

Deno.test("targetOrder() falls by logit without the label", () => {
  assertEquals(targetOrder([0, 5, 3, 4], 1), [3, 2, 0]);
  assertEquals(targetOrder([0, 5, 3, 4], 0), [1, 3, 2]);
  assertEquals(targetOrder([1, 1, 1], 1), [0, 2]);
});
