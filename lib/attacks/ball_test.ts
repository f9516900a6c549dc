import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { ballAround, distance, project, randomDirection } from "./ball.ts";

const pixel = fc.oneof(fc.float({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1, 1e-8, 0.5));
const images = fc.array(pixel, { minLength: 1, maxLength: 20 }).map((a) => Float32Array.from(a));
const radii = fc.double({ min: 0, max: 1, noNaN: true });

Deno.test("ballAround() bounds are inside the ball and the box exactly, and tight to float32", () => {
  fc.assert(
    fc.property(images, radii, (image, epsilon) => {
      const { lower, upper } = ballAround(image, epsilon);
      image.forEach((x, i) => {
        assert(lower[i] <= x && x <= upper[i], `${lower[i]} ${x} ${upper[i]}`);
        assert(lower[i] >= 0 && upper[i] <= 1);
        assert(x - lower[i] <= epsilon && upper[i] - x <= epsilon);
        const tight = 2 ** -23;
        assert(upper[i] === 1 || epsilon - (upper[i] - x) <= tight);
        assert(lower[i] === 0 || epsilon - (x - lower[i]) <= tight);
      });
    }),
    { numRuns: 500 },
  );
});

Deno.test("ballAround() holds for every pixel value at 8/255", () => {
  const image = Float32Array.from({ length: 256 }, (_, i) => i / 255), epsilon = 8 / 255;
  const { lower, upper } = ballAround(image, epsilon);
  assert(distance(lower, image) <= epsilon && distance(upper, image) <= epsilon);
  assert(Math.max(...upper.map((u, i) => Math.fround(u - image[i]))) <= Math.fround(epsilon));
});

Deno.test("project() leaves points of the ball alone and moves others to the nearest", () => {
  const ball = ballAround(Float32Array.of(0.5, 0.5, 0.5, 0, 1), 0.25);
  const point = Float32Array.of(0.6, 0.9, 0.1, -0.1, 1.1);
  assertEquals([...project(ball, point)], [Math.fround(0.6), 0.75, 0.25, 0, 1]);
});

Deno.test("distance() is the largest absolute difference", () => {
  assertEquals(distance(Float32Array.of(0, 1, 0.5), Float32Array.of(0.25, 0.25, 0.5)), 0.75);
});

Deno.test("randomDirection() has a longest coordinate of 1 and keeps the others' share", () => {
  const u = [0.75, 0.375, 0.5];
  let at = 0;
  const direction = randomDirection(3, () => u[at++]);
  assert(Math.abs(direction[0] - 1) < 1e-11);
  assert(Math.abs(direction[1] + 0.5) < 1e-11);
  assert(direction[2] === 0);
  assert(randomDirection(2, () => 0.5).every((value) => value === 0));
});
