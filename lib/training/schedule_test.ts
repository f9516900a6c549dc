import { assertEquals } from "@std/assert";
import { learningRate, rampShare } from "./schedule.ts";

Deno.test("learningRate() of one cycle rises linearly to the peak, then falls to 0", () => {
  const schedule = { kind: "one_cycle", learning_rate: 0.2, warmup: 0.4 } as const;
  const rates = [0, 2, 4, 7, 9].map((step) => learningRate(schedule, step, 10));
  assertEquals(rates.map((rate) => +rate.toFixed(6)), [0, 0.1, 0.2, 0.1, 0.033333]);
});

Deno.test("learningRate() of a piecewise schedule falls at each milestone", () => {
  const schedule = {
    kind: "piecewise",
    learning_rate: 1,
    milestones: [0.5, 0.75],
    factor: 0.1,
  } as const;
  const rates = [0, 49, 50, 74, 75, 99].map((step) => learningRate(schedule, step, 100));
  assertEquals(rates.map((rate) => +rate.toFixed(6)), [1, 1, 0.1, 0.1, 0.01, 0.01]);
});

Deno.test("rampShare() rises linearly from 0 to 1 and stays", () => {
  assertEquals([0, 1, 2, 3, 4, 9].map((step) => rampShare(step, 4)), [0, 0.25, 0.5, 0.75, 1, 1]);
});
