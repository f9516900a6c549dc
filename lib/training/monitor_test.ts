import { assertAlmostEquals, assertEquals } from "@std/assert";
import { summary } from "./monitor.ts";

Deno.test("summary() gives NumPy's quantiles, shares below zero and participation ratios", () => {
  const found = summary({
    norm: [2, 0, 3],
    square: [2, 0, 9],
    error: [0.5, -1, 0],
    gain: [-0.25, 0, -1],
  });
  assertAlmostEquals(found.linearization_error, -1 / 6, 1e-12);
  assertAlmostEquals(found.input_gradient_norm, 5 / 3, 1e-12);
  // numpy.quantile([0.5, -1, 0], [0.05, 0.25, 0.5, 0.75, 0.95])
  const quantiles = [-0.9, -0.5, 0, 0.25, 0.45];
  ([5, 25, 50, 75, 95] as const).forEach((percent, i) => {
    const name = `linearization_error_q${String(percent).padStart(2, "0")}` as keyof typeof found;
    assertAlmostEquals(found[name], quantiles[i], 1e-12, name);
  });
  assertEquals(found.linearization_error_negative, 1 / 3);
  assertEquals(found.abnormal, 2 / 3);
  // two pixels of two, no gradient, one pixel
  assertEquals(found.participation_ratio, 1);
});
