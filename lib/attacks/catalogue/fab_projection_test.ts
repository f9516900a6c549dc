import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { projectToPlane } from "./_fab_projection.ts";

/** The same radius by sorting all kinks and walking over the segments. */
function bruteForce(point: ArrayLike<number>, normal: ArrayLike<number>, gap: number) {
  const sign = gap < 0 ? -1 : 1;
  const room = Array.from(point, (x, i) => normal[i] === 0 ? 0 : sign * normal[i] > 0 ? x : 1 - x);
  const decrease = (radius: number) =>
    room.reduce((sum, r, i) => sum + Math.abs(normal[i]) * Math.min(radius, r), 0);
  const kinks = [0, ...room].sort((a, b) => a - b), farthest = kinks[kinks.length - 1];
  const needed = Math.abs(gap);
  let radius = farthest;
  for (let i = 1; i < kinks.length && decrease(farthest) > needed; i++) {
    const low = decrease(kinks[i - 1]), high = decrease(kinks[i]);
    if (high < needed) continue;
    radius = high === low
      ? kinks[i - 1]
      : kinks[i - 1] + (kinks[i] - kinks[i - 1]) * (needed - low) / (high - low);
    break;
  }
  return room.map((r, i) => -Math.sign(sign * normal[i]) * Math.min(radius, r));
}

const number = (min: number, max: number) =>
  fc.integer({ min: min * 1000, max: max * 1000 }).map((thousandths) => thousandths / 1000);
const floats = fc.integer({ min: 1, max: 12 }).chain((n) =>
  fc.record({
    point: fc.array(fc.oneof(number(0, 1), fc.constantFrom(0, 1, 0.5)), {
      minLength: n,
      maxLength: n,
    }),
    normal: fc.array(fc.oneof(number(-2, 2), fc.constant(0)), { minLength: n, maxLength: n }),
    gap: number(-3, 3),
  })
);
const cases = floats.map(({ point, normal, gap }) => ({
  point: Float32Array.from(point),
  normal: Float32Array.from(normal),
  gap,
}));
const floatsOf = (...values: number[]) => Float32Array.from(values);

Deno.test("projectToPlane() equals brute force over all kinks", () => {
  fc.assert(
    fc.property(cases, ({ point, normal, gap }) => {
      const step = new Float64Array(point.length);
      const length = projectToPlane(point, normal, gap, step);
      const expected = bruteForce(point, normal, gap);
      step.forEach((d, i) => assertAlmostEquals(d, expected[i], 1e-9));
      assertAlmostEquals(length, Math.max(...expected.map(Math.abs)), 1e-9);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("projectToPlane() meets the plane if it is in reach and never leaves the box", () => {
  fc.assert(
    fc.property(cases, ({ point, normal, gap }) => {
      const step = new Float64Array(point.length);
      projectToPlane(point, normal, gap, step);
      let moved = 0, reach = 0;
      point.forEach((x, i) => {
        assert(x + step[i] >= -1e-12 && x + step[i] <= 1 + 1e-12);
        moved += normal[i] * step[i];
        const w = Math.sign(gap || 1) * normal[i];
        reach += Math.abs(w) * (w > 0 ? x : 1 - x);
      });
      if (reach > Math.abs(gap)) assertAlmostEquals(gap + moved, 0, 1e-9);
      else assert(Math.abs(gap + moved) <= Math.abs(gap) + 1e-12);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("projectToPlane() hand-computed steps", () => {
  const step = new Float64Array(2);
  // both move down by gap / sum |w|
  assertEquals(projectToPlane(floatsOf(0.5, 0.5), floatsOf(1, 3), 0.8, step), 0.2);
  assertEquals([...step], [-0.2, -0.2]);
  // the first meets the wall at 0.1, the second goes on alone: 0.1 + 3 d = 0.8
  assertAlmostEquals(projectToPlane(floatsOf(0.1, 0.5), floatsOf(1, 3), 0.8, step), 0.7 / 3);
  assertAlmostEquals(step[0], -0.1);
  // below the plane: up along the normal
  projectToPlane(floatsOf(0.5, 0.5), floatsOf(1, -1), -0.4, step);
  assertEquals([...step], [0.2, -0.2]);
  // out of reach: all the way
  assertEquals(projectToPlane(floatsOf(0.5, 0.25), floatsOf(1, 1), 9, step), 0.5);
  assertEquals([...step], [-0.5, -0.25]);
  // no slope: nowhere to go
  assertEquals(projectToPlane(floatsOf(0.5, 0.25), floatsOf(0, 0), 1, step), 0);
});
