import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { openEngine } from "../engines/mod.ts";
import { stream } from "../random/philox.ts";
import { logistic, SLOPES, victimOf } from "../theory/_models.ts";
import { fgsmDirection } from "../theory/perturbations.ts";
import { CROSS_ENTROPY, slopesOf } from "../theory/slopes.ts";
import { acrossDirection, meanGrid, placesOf, surfaceOf } from "./measure.ts";
import { roughness } from "./roughness.ts";
import { surfaceSchema } from "./setting.ts";

const softplus = (x: number) => Math.log1p(Math.exp(x));

Deno.test("surfaceOf() is log(1 + exp(-m)) of a linear margin", async () => {
  using engine = await openEngine({ kind: "cpu" });
  using victim = victimOf(engine, logistic, 10);
  const point = Float32Array.of(0.5, 0.25, 0.75, 0.5), places = placesOf(0.6, 7);
  assertEquals([places[0], places[3], places[6]], [-0.6, 0, 0.6]);
  for (const label of [0, 1]) {
    const [{ gradient, loss }] = await slopesOf(victim, CROSS_ENTROPY)([{ point, label }]);
    const first = fgsmDirection(gradient), across = acrossDirection(first, stream(1n, "surface"));
    assertEquals(first.reduce((sum, sign, i) => sum + sign * across[i], 0), 0);
    const grid = await surfaceOf(victim, { point, label }, [first, across], places);
    const dot = (of: ArrayLike<number>) => SLOPES.reduce((sum, w, i) => sum + w * of[i], 0);
    const side = label === 1 ? 1 : -1, margin = side * (dot(point.map((x) => x - 0.5)) + 1);
    places.forEach((b, i) =>
      places.forEach((a, j) => {
        const expected = softplus(-margin - side * (a * dot(first) + b * dot(across)));
        assertAlmostEquals(grid[i][j], expected, 1e-6, `${a} ${b}`);
      })
    );
    assertAlmostEquals(grid[3][3], loss, 1e-12);
    assert(grid[3][6] > grid[3][3], "FGSM's direction is that of rising loss");
  }
});

Deno.test("acrossDirection() is a corner orthogonal to signs, and draws where they are 0", () => {
  const first = Float32Array.from({ length: 101 }, (_, i) => i < 10 ? 0 : i % 3 ? 1 : -1);
  const across = acrossDirection(first, stream(0n, "across"));
  assertEquals(across.filter((x) => x !== 1 && x !== -1).length, 0);
  // 91 pixels have a sign: one is left over
  assertEquals(Math.abs(first.reduce((sum, sign, i) => sum + sign * across[i], 0)), 1);
  const other = acrossDirection(first, stream(1n, "across"));
  assert(across.some((x, i) => x !== other[i]), "another stream has another direction");
});

Deno.test("roughness() is 0 of a quadratic and the rest of what is not", () => {
  const places = placesOf(2, 9);
  const quadratic = places.map((b) =>
    places.map((a) => 3 + a - 2 * b + a * b + 0.5 * a * a - b * b)
  );
  const { residual, unexplained } = roughness(quadratic);
  assert(residual < 1e-12 && unexplained < 1e-24);
  // a saddle of third degree whose projections all vanish: everything is left
  const cubic = placesOf(1, 9).map((a) => a ** 3), slope = placesOf(1, 9);
  const along = cubic.reduce((sum, x, i) => sum + x * slope[i], 0) /
    slope.reduce((sum, x) => sum + x * x, 0);
  const odd = cubic.map((x, i) => x - along * slope[i]);
  const rest = roughness(odd.map(() => odd));
  assertAlmostEquals(rest.unexplained, 1, 1e-12);
  assertAlmostEquals(rest.residual, Math.sqrt(odd.reduce((sum, x) => sum + x * x, 0) / 9), 1e-12);
  assertAlmostEquals(rest.range, Math.max(...odd) - Math.min(...odd), 1e-12);
  assertEquals(roughness([[1, 1, 1], [1, 1, 1], [1, 1, 1]]), {
    ...{ range: 0, residual: 0, unexplained: 0 },
  });
  assertEquals(meanGrid([[[1, 2]], [[3, 6]]]), [[2, 4]]);
});

Deno.test("surfaceSchema refuses more surfaces than images", () => {
  const issues: { path: string; text: string }[] = [];
  surfaceSchema({ images: 2, shown: 3, points: 5 }, "surface", issues);
  assertEquals(issues, [{ path: "surface.shown", text: "is 3, expected at most 2 (images)" }]);
});
