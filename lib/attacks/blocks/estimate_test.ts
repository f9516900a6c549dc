import { assertAlmostEquals, assertEquals } from "@std/assert";
import { type EstimateInput, estimateSurvival } from "./estimate.ts";

/** Images as `[evaluations, broke]`. */
function input(images: [number, boolean][]): EstimateInput {
  const outcome = { variant: 0, outcome: { point: new Float32Array(), fooled: true } };
  return {
    broken: images.map(([, broke]) => broke ? outcome : undefined),
    spent: Uint32Array.from(images, ([at, broke]) => broke ? at + 7 : at),
    brokenAt: Uint32Array.from(images, ([at, broke]) => broke ? at : 0),
  };
}

Deno.test("estimateSurvival() of a finished attack is the count of robust images", () => {
  const images: [number, boolean][] = [[3, true], [9, true], [100, false], [100, false]];
  assertAlmostEquals(estimateSurvival(input(images)), 2, 1e-12);
  assertEquals(estimateSurvival(input([])), 0);
});

Deno.test("estimateSurvival() lets images behind suffer what those ahead went through", () => {
  // one image broke at 10 and one outlived it: the two that wait at 0 survive by a half each
  const images: [number, boolean][] = [[10, true], [50, false], [0, false], [0, false]];
  assertAlmostEquals(estimateSurvival(input(images)), 2, 1e-12);
});

Deno.test("estimateSurvival() expects nothing of those ahead of all others", () => {
  assertAlmostEquals(estimateSurvival(input([[5, true], [60, false]])), 1, 1e-12);
});

Deno.test("estimateSurvival() is zero where all broke", () => {
  assertEquals(estimateSurvival(input([[5, true], [6, true]])), 0);
});
