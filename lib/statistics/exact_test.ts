import { assertAlmostEquals, assertEquals } from "@std/assert";
import { fisher, mcNemar } from "./exact.ts";
import { holm } from "./holm.ts";

Deno.test("mcNemar() agrees with SciPy's binomtest(first, first + second)", () => {
  assertAlmostEquals(mcNemar(12, 7), 0.359283447265625, 1e-12);
  assertAlmostEquals(mcNemar(7, 12), 0.359283447265625, 1e-12);
  assertAlmostEquals(mcNemar(0, 10), 2 / 1024, 1e-12);
  assertEquals(mcNemar(0, 0), 1);
  assertEquals(mcNemar(5, 5), 1);
});

Deno.test("fisher() agrees with SciPy's fisher_exact", () => {
  const p = (one: number, of: number, other: number, from: number) =>
    fisher({ correct: one, images: of }, { correct: other, images: from });
  assertAlmostEquals(p(8, 20, 1, 15), 0.04834991939945155, 1e-10);
  assertAlmostEquals(p(4100, 10_000, 3900, 10_000), 0.004073426983899347, 1e-10);
  assertAlmostEquals(p(0, 64, 0, 64), 1, 1e-12);
});

Deno.test("holm() agrees with statsmodels' multipletests", () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005, 0.5]);
  [0.04, 0.09, 0.09, 0.025, 0.5].forEach((value, i) =>
    assertAlmostEquals(adjusted[i], value, 1e-12)
  );
  assertEquals(holm([]), []);
  assertEquals(holm([0.7, 0.9]), [1, 1]);
});
