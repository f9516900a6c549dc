import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { openEngine } from "../../engines/mod.ts";
import { linearClassifier } from "../_linear_classifier.ts";
import { planOne } from "../_rules.ts";
import { attack as apgdCe } from "./apgd_ce.ts";
import { apgd, checkpoints, startApgd } from "./_apgd.ts";
import { distance } from "../ball.ts";
import type { Response, Sample } from "../attack.ts";
import { runAttack } from "../run/scheduler.ts";
import { createVictim } from "../victim/create_victim.ts";

Deno.test("checkpoints() of 100 iterations are the published ones", () => {
  assertEquals(checkpoints(100), [22, 41, 57, 70, 80, 87, 93, 99]);
});

Deno.test("checkpoints() of few iterations end and rise", () => {
  assertEquals(checkpoints(5), [1, 2, 3, 4, 5]);
  assertEquals(checkpoints(20), [4, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20]);
});

interface Run {
  readonly iterations: number;
  readonly epsilon: number;
  readonly image: Float32Array;
  readonly uniform: () => number;
  readonly eot?: number;
}

/** Runs APGD against a loss that is given as a function; it never counts as fooled. */
function drive(
  { iterations, epsilon, image, uniform, eot = 1 }: Run,
  evaluate: (x: Float32Array) => { loss: number; gradient: number[] },
): Float32Array[] {
  const attack = apgd({ iterations, eot, loss: "cross_entropy" });
  const state = startApgd(image, epsilon, uniform, { iterations });
  const sample: Sample = { image, label: 0, index: 0, logits: Float32Array.of(1, 0) };
  const visited: Float32Array[] = [];
  while (true) {
    const { point } = attack.request(state, sample);
    visited.push(point.slice());
    const { loss, gradient } = evaluate(point);
    const response: Response = {
      logits: Float32Array.of(1, 0),
      loss,
      gradient: Float32Array.from(gradient),
    };
    const outcome = attack.advance(state, response, sample);
    if (outcome) return [...visited, outcome.point];
  }
}

const run = (iterations: number, u: number[], eot = 1): Run => {
  let at = 0;
  const image = Float32Array.of(0.5, 0.5);
  return { iterations, epsilon: 0.1, image, uniform: () => u[at++], eot };
};

Deno.test("apgd() starts where the longest coordinate touches the ball", () => {
  // 2u - 1 = 0.5, -0.25: scaled to 1, -0.5
  const [start] = drive(run(1, [0.75, 0.375]), () => ({ loss: 0, gradient: [0, 0] }));
  assertAlmostEquals(start[0], 0.6, 1e-7);
  assertAlmostEquals(start[1], 0.45, 1e-7);
});

Deno.test("apgd() first steps are the hand-computed ones", () => {
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

Deno.test("apgd() halves the step and returns to the best point when the loss stalls", () => {
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

Deno.test("apgd() every point is in the ball and in [0, 1]", () => {
  const image = Float32Array.of(0.01, 0.99, 0.5), epsilon = 8 / 255;
  let seed = 1;
  const random = () => (seed = seed * 16807 % 2147483647) / 2147483647;
  const visited = drive({ iterations: 60, epsilon, image, uniform: random }, () => ({
    loss: random(),
    gradient: [0, 0, 0].map(() => random() - 0.5),
  }));
  for (const point of visited) {
    assert(distance(point, image) <= epsilon);
    assert(point.every((v) => v >= 0 && v <= 1));
  }
});

Deno.test("apgd() averages gradients and takes the last loss and verdict of each point", () => {
  // two answers a point: gradients whose signs only their mean decides
  const gradients = [[3, -1], [-1, -1]];
  let count = 0;
  const visited = drive(run(2, [0.75, 0.375], 2), () => ({
    loss: count,
    gradient: gradients[count++ % 2],
  }));
  assertEquals(count, 6);
  assertEquals(visited[0], visited[1], "both at the same point");
  // mean gradient (1, -1): (0.6 + 0.2, 0.45 - 0.2), projected
  assertAlmostEquals(visited[2][0], 0.6, 1e-6);
  assertAlmostEquals(visited[2][1], 0.4, 1e-6);
  // the loss rose to the end, so the last point is the best
  assertEquals(visited[6], visited[5]);
});

Deno.test("apgd-ce restarts begin elsewhere and are tried until one succeeds", async () => {
  using engine = await openEngine({ kind: "cpu" });
  const classifier = linearClassifier([1, 1, 2], [1, 0, 0, 1], [0.2, 0]);
  using victim = createVictim({ engine, classifier, batchSize: 2 });
  const image = Float32Array.of(0.5, 0.5);
  const sample = { image, label: 0, index: 0, logits: Float32Array.of(0.7, 0.5) };
  const create = (epsilon: number) =>
    apgdCe.create({ iterations: 5, restarts: 3 }, {
      classes: 2,
      image: [1, 1, 2],
      epsilon,
      seed: 1,
    });
  const attack = create(0.05);
  assertEquals([attack.variants, attack.evaluations, attack.cost], [3, 6, 54]);
  const starts = [0, 1, 2].map((restart) => attack.start(sample, restart).x.join());
  assertEquals(new Set(starts).size, 3);
  // margin 0.2 against a reach of 2 epsilon: safe below 0.1, broken above
  assertEquals((await runAttack(victim, attack, [sample]))[0].fooled, false);
  const wider = create(0.11);
  assertEquals((await runAttack(victim, wider, [sample]))[0].fooled, true);
});

for (const [name, classes] of [["apgd-dlr", 3], ["apgd-t", 4]] as const) {
  Deno.test(`planAttacks() ${name} refuses fewer than ${classes} classes`, () => {
    const target = { image: [1, 1, 1], epsilon: 0.1, seed: 0 } as const;
    assertThrows(
      () => planOne(name, {}, { ...target, classes: classes - 1 }),
      RangeError,
      `Cannot run ${name} on ${classes - 1} classes: its loss needs at least ${classes}`,
    );
    assertEquals(planOne(name, {}, { ...target, classes }).name, name);
  });
}
