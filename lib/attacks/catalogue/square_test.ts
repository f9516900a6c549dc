import { assert, assertEquals } from "@std/assert";
import type { Attack, Request, Sample } from "../attack.ts";
import { windowSide } from "./_square_windows.ts";
import { attack as square } from "./square.ts";

Deno.test("windowSide() follows AutoAttack's schedule on 32x32 images", () => {
  const ranges: [number, number, number][] = [
    [0, 10, 29],
    [11, 50, 20],
    [51, 200, 14],
    [201, 500, 10],
    [501, 1000, 7],
    [1001, 2000, 5],
    [2001, 4000, 4],
    [4001, 4999, 3],
  ];
  for (const [from, to, side] of ranges) {
    assertEquals(windowSide(from, 32, 32, { queries: 5000 }), side);
    assertEquals(windowSide(to, 32, 32, { queries: 5000 }), side);
  }
});

Deno.test("windowSide() stretches the schedule to another number of queries", () => {
  assertEquals(windowSide(99, 32, 32, { queries: 100 }), 1); // as iteration 9900: 0.8 / 512 of 1024
  assertEquals(windowSide(99, 32, 32, { queries: 100, rescale_schedule: false }), 14);
});

Deno.test("windowSide() fits images that are not square, and single pixels", () => {
  assertEquals(windowSide(0, 2, 50, { queries: 5000 }), 2);
  assertEquals(windowSide(4000, 1, 1, { queries: 5000 }), 1);
});

/** The point that a request asks for. */
function pointOf({ point, change }: Request): Float32Array {
  const copy = point.slice();
  change?.(copy);
  return copy;
}
const asked = <State extends object>(attack: Attack<State>, state: State, sample: Sample) =>
  pointOf(attack.request(state, sample));

Deno.test("square() starts with stripes, then moves one window of one sign a channel", () => {
  const shape = [6, 5, 2] as const, epsilon = 0.1, image = new Float32Array(60).fill(0.5);
  const sample = { image, label: 0, index: 3, logits: Float32Array.of(1, 0) };
  const attack = square.create({ queries: 40 }, { classes: 2, image: shape, epsilon, seed: 7 }),
    state = attack.start(sample, 0);
  const answer = (margin: number) => ({
    logits: Float32Array.of(margin, 0),
    loss: 0,
    gradient: new Float32Array(0),
  });
  let best = asked(attack, state, sample), margin = 1, queries = 0;
  for (let i = 0; i < 60; i++) assertEquals(best[i], best[i % 10], "one sign a column and channel");
  let outcome = attack.advance(state, answer(margin), sample);
  while (!outcome) {
    const point = asked(attack, state, sample);
    const side = windowSide(queries, 6, 5, { queries: 40 });
    const changed = Array.from(point.keys()).filter((i) => point[i] !== best[i]);
    const rows = changed.map((i) => Math.floor(i / 10));
    const columns = changed.map((i) => Math.floor(i % 10 / 2));
    for (const places of changed.length ? [rows, columns] : []) {
      assert(Math.max(...places) - Math.min(...places) < side);
    }
    for (const channel of [0, 1]) {
      assert(new Set(changed.filter((i) => i % 2 === channel).map((i) => point[i])).size <= 1);
    }
    // every other query is an improvement and must stay
    if (queries++ % 2 === 0) {
      best = point;
      margin *= 0.9;
      outcome = attack.advance(state, answer(margin), sample);
    } else outcome = attack.advance(state, answer(margin * 1.5), sample);
  }
  assertEquals(queries, 40);
  assertEquals(outcome, { point: best, fooled: false });
});

Deno.test("square() ends at the first misclassified point", () => {
  const sample = {
    image: new Float32Array(4).fill(0.5),
    label: 0,
    index: 0,
    logits: new Float32Array(2),
  };
  const attack = square.create({ queries: 5000 }, {
      classes: 2,
      image: [2, 2, 1],
      epsilon: 0.1,
      seed: 0,
    }),
    state = attack.start(sample, 0);
  const wrong = { logits: Float32Array.of(0, 1), loss: 0, gradient: new Float32Array(0) };
  assert(attack.advance(state, wrong, sample)?.fooled);
});

Deno.test("square() guesses its next points where windows are rejected", () => {
  const shape = [6, 5, 2] as const, image = new Float32Array(60).fill(0.5);
  const sample = { image, label: 0, index: 3, logits: Float32Array.of(1, 0) };
  const attack = square.create({ queries: 12 }, {
      classes: 2,
      image: shape,
      epsilon: 0.1,
      seed: 7,
    }),
    state = attack.start(sample, 0);
  const answer = { logits: Float32Array.of(1, 0), loss: 0, gradient: new Float32Array(0) };
  assertEquals(attack.ahead!(state, sample, 3), [], "nothing before the first answer");
  attack.advance(state, answer, sample);
  const guesses = attack.ahead!(state, sample, 20);
  assertEquals(guesses.length, 11, "no more than queries are left");
  for (const guess of guesses) {
    assertEquals(attack.advance(state, answer, sample), undefined);
    const request = attack.request(state, sample);
    assertEquals(request.key, guess.key);
    assertEquals(pointOf(request), pointOf(guess));
  }
  assert(attack.advance(state, answer, sample) !== undefined);
});
