import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { apgdLane, checkpoints } from "./apgd.ts";
import { distance } from "./ball.ts";

Deno.test("checkpoints() of 100 iterations are the published ones", () => {
  assertEquals(checkpoints(100), [22, 41, 57, 70, 80, 87, 93, 99]);
});

Deno.test("checkpoints() of few iterations end and rise", () => {
  assertEquals(checkpoints(5), [1, 2, 3, 4, 5]);
  assertEquals(checkpoints(20), [4, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
});

/** Runs a lane against a loss that is given as a function; it never counts as fooled. */
function drive(
  lane: ReturnType<typeof apgdLane>,
  evaluate: (x: Float32Array) => { loss: number; gradient: number[] },
): Float32Array[] {
  const visited: Float32Array[] = [];
  let step = lane.next(undefined as never);
  while (!step.done) {
    visited.push(step.value.point.slice());
    const { loss, gradient } = evaluate(step.value.point);
    const response = { logits: Float32Array.of(1, 0), loss, gradient: Float32Array.from(gradient) };
    step = lane.next(response);
  }
  visited.push(step.value.point);
  return visited;
}

const run = (iterations: number, u: number[]) => {
  let at = 0;
  return apgdLane({ image: Float32Array.of(0.5, 0.5), label: 0 }, {
    loss: "cross_entropy",
    iterations,
    epsilon: 0.1,
    start: () => () => u[at++],
  });
};

Deno.test("apgdLane() starts where the longest coordinate touches the ball", () => {
  // 2u - 1 = 0.5, -0.25: scaled to 1, -0.5
  const [start] = drive(run(1, [0.75, 0.375]), () => ({ loss: 0, gradient: [0, 0] }));
  assertAlmostEquals(start[0], 0.6, 1e-7);
  assertAlmostEquals(start[1], 0.45, 1e-7);
});

Deno.test("apgdLane() first steps are the hand-computed ones", () => {
  const gradients = [[-1, 1], [1, 1], [1, 0]];
  let at = 0;
  const visited = drive(run(10, [0.75, 0.375]), () => ({
    loss: at,
    gradient: gradients[at++] ?? [0, 0],
  }));
  // 1: full step of 2 epsilon, projected: (0.6 - 0.2, 0.45 + 0.2) -> (0.4, 0.6)
  assertAlmostEquals(visited[1][0], 0.4, 1e-6);
  assertAlmostEquals(visited[1][1], 0.6, 1e-6);
  // 2: 0.4 + 0.75 * (0.6 - 0.4) + 0.25 * (0.4 - 0.6) = 0.5; second coordinate is at its bound
  assertAlmostEquals(visited[2][0], 0.5, 1e-6);
  assertAlmostEquals(visited[2][1], 0.6, 1e-6);
});

Deno.test("apgdLane() halves the step and returns to the best point when the loss stalls", () => {
  // the loss is highest at the start: at the first checkpoint (iteration 22 of 100) it goes back
  let count = 0;
  const visited = drive(run(100, [0.75, 0.5]), (x) => {
    count++;
    return { loss: -Math.abs(x[0] - 0.6), gradient: [count % 2 ? 1 : -1, 0] };
  });
  assertEquals(count, 101);
  // after iteration 22: from the best point x by eta = epsilon along its own gradient, with the
  // momentum from the point before: 0.6 + 0.75 * 0 + 0.25 * (0.6 - previous)
  const previous = visited[21][0];
  const expected = Math.min(0.6, 0.6 + 0.25 * (0.6 - previous));
  assertAlmostEquals(visited[23][0], expected, 1e-6);
  assertAlmostEquals(visited[101][0], 0.6, 1e-6);
});

Deno.test("apgdLane() every point is in the ball and in [0, 1]", () => {
  const image = Float32Array.of(0.01, 0.99, 0.5), epsilon = 8 / 255;
  let seed = 1;
  const random = () => (seed = seed * 16807 % 2147483647) / 2147483647;
  const lane = apgdLane({ image, label: 0 }, {
    loss: "cross_entropy",
    iterations: 60,
    epsilon,
    start: () => random,
  });
  for (
    const point of drive(lane, () => ({
      loss: random(),
      gradient: [0, 0, 0].map(() => random() - 0.5),
    }))
  ) {
    assert(distance(point, image) <= epsilon);
    assert(point.every((v) => v >= 0 && v <= 1));
  }
});
