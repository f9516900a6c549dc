import { assertEquals } from "@std/assert";
import { learningRate, rampShare } from "./schedule.ts";

Deno.test("learningRate() of one cycle rises linearly to the peak, then falls to 0", () => {
  const schedule = { kind: "one_cycle", learning_rate: 0.2, warmup: 0.4 } as const;
  const rates = [0, 2, 4, 7, 9].map((step) => learningRate(schedule, step, 10, 5));
  assertEquals(rates.map((rate) => +rate.toFixed(6)), [0, 0.1, 0.2, 0.1, 0.033333]);
});

Deno.test("learningRate() of a piecewise schedule falls at each milestone", () => {
  const schedule = {
    kind: "piecewise",
    learning_rate: 1,
    milestones: [0.5, 0.75],
    factor: 0.1,
  } as const;
  const rates = [0, 49, 50, 74, 75, 99].map((step) => learningRate(schedule, step, 100, 10));
  assertEquals(rates.map((rate) => +rate.toFixed(6)), [1, 1, 0.1, 0.1, 0.01, 0.01]);
});

Deno.test("learningRate() of a cosine has timm's rate in every epoch", () => {
  const schedule = {
    kind: "cosine",
    learning_rate: 6.25e-4,
    warmup_epochs: 5,
    warmup_learning_rate: 1e-6,
    min_learning_rate: 1e-5,
  } as const;
  // timm 1.0.9, CosineLRScheduler(t_initial=100, lr_min=1e-5, warmup_t=5, warmup_lr_init=1e-6)
  const expected = { 0: 1e-6, 1: 1.258e-4, 4: 5.002e-4, 5: 6.212e-4, 50: 3.175e-4, 99: 1.015e-5 };
  for (const [epoch, rate] of Object.entries(expected)) {
    for (const step of [195 * +epoch, 195 * +epoch + 194]) {
      const found = learningRate(schedule, step, 100 * 195, 100);
      assertEquals(found.toPrecision(4), rate.toPrecision(4), `step ${step}`);
    }
  }
});

Deno.test("rampShare() rises linearly from 0 to 1 and stays", () => {
  assertEquals([0, 1, 2, 3, 4, 9].map((step) => rampShare(step, 4)), [0, 0.25, 0.5, 0.75, 1, 1]);
});
