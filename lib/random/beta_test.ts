import { assert } from "@std/assert";
import { beta } from "./beta.ts";
import { stream } from "./philox.ts";

Deno.test("beta() has the distribution's mean and variance, and stays in [0, 1]", () => {
  const count = 20_000;
  for (const [a, b] of [[0.8, 0.8], [1, 1], [0.2, 0.4], [3, 1.5], [0.001, 0.001]]) {
    const random = stream(0n, "beta test", a, b);
    const values = Array.from({ length: count }, () => beta(random, a, b));
    assert(values.every((value) => value >= 0 && value <= 1), `${a}, ${b}`);
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
    const expected = a * b / ((a + b) ** 2 * (a + b + 1));
    // five standard errors of the mean
    const near = 5 * Math.sqrt(expected / count);
    assert(Math.abs(mean - a / (a + b)) < near, `mean of ${a}, ${b} is ${mean}`);
    assert(Math.abs(variance / expected - 1) < 0.05, `variance of ${a}, ${b} is ${variance}`);
  }
});
