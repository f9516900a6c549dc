import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { deserialize, serialize } from "node:v8";
import type { Attack, Outcome, Request, Sample } from "../attack.ts";
import { runAttack } from "./scheduler.ts";
import type { Victim } from "../victim/victim.ts";

/** A victim that answers with the point itself as logits, and records its blocks. */
function echo(batchSize: number, sizes = [batchSize]) {
  const blocks: { count: number; size: number; kinds: Set<boolean> }[] = [];
  const victim: Victim = {
    classes: 2,
    image: [1, 1, 2],
    batchSize,
    sizes,
    load: () => {},
    evaluate(requests: readonly Request[], size = batchSize) {
      const kinds = new Set(requests.map(({ loss }) => loss !== undefined));
      blocks.push({ count: requests.length, size, kinds });
      return Promise.resolve(
        requests.map(({ point }) => ({ logits: point.slice(), loss: 0, gradient: point })),
      );
    },
    [Symbol.dispose]: () => {},
  };
  return { victim, blocks };
}

interface Script {
  readonly length: number;
  readonly fooled: boolean;
}

/** An attack whose lanes take a given number of evaluations, every third without a loss. */
function scripted(
  scripts: readonly (readonly Script[])[],
  evaluations: number,
): Attack<{ variant: number; asked: number; point: Float32Array }> {
  return {
    name: "scripted",
    variants: scripts[0].length,
    evaluations,
    cost: 1,
    inBall: true,
    start: ({ index }, variant) => ({ variant, asked: 0, point: Float32Array.of(index, variant) }),
    request: ({ asked, point }) =>
      asked % 3 === 2 ? { point, label: 0 } : { point, label: 0, loss: "cross_entropy" },
    advance(state, { logits }, { index }) {
      const { variant, point } = state, { length, fooled } = scripts[index][variant];
      assertEquals([...logits], [index, variant], "each lane receives its own answer");
      if (++state.asked === length) return { point, fooled };
    },
  };
}

const samplesFor = (count: number): Sample[] =>
  Array.from(
    { length: count },
    (_, index) => ({ image: new Float32Array(2), label: 0, index, logits: new Float32Array(2) }),
  );

const scripts = fc.integer({ min: 1, max: 4 }).chain((variants) =>
  fc.array(
    fc.array(
      fc.record({
        length: fc.integer({ min: 1, max: 9 }),
        fooled: fc.integer({ min: 0, max: 3 }).map((n) => n === 0),
      }),
      { minLength: variants, maxLength: variants },
    ),
    { minLength: 1, maxLength: 12 },
  )
);

Deno.test("runAttack() gives the outcome of trying the variants one after another", async () => {
  await fc.assert(
    fc.asyncProperty(scripts, fc.integer({ min: 1, max: 7 }), async (scripts, batchSize) => {
      const { victim, blocks } = echo(batchSize);
      const states: { done: number; total: number; robust: number }[] = [];
      const outcomes = await runAttack(
        victim,
        scripted(scripts, 9),
        samplesFor(scripts.length),
        { onProgress: (state) => states.push(state) },
      );
      const expected = scripts.map((lanes, index): Outcome => {
        const first = lanes.findIndex(({ fooled }) => fooled);
        const variant = first < 0 ? lanes.length - 1 : first;
        return { point: Float32Array.of(index, variant), fooled: first >= 0 };
      });
      assertEquals(outcomes.map(({ point, fooled }) => ({ point, fooled })), expected);
      for (const { count, size, kinds } of blocks) {
        assert(count >= 1 && count <= batchSize && size === batchSize);
        assertEquals(kinds.size, 1, "one kind of request a block");
      }
      states.slice(1).forEach(({ done }, i) => assert(done >= states[i].done));
      const last = states.at(-1);
      if (last) {
        assertEquals(last.done, last.total);
        assertEquals(last.robust, expected.filter(({ fooled }) => !fooled).length);
      }
    }),
    { numRuns: 200 },
  );
});

Deno.test("runAttack() fills blocks from waiting images as others leave", async () => {
  // one kind of request, 40 images of different lengths, blocks of 4: short ones only at the end
  const lengths = Array.from({ length: 40 }, (_, i) => [{ length: 1 + i % 2, fooled: true }]);
  const { victim, blocks } = echo(4);
  await runAttack(victim, scripted(lengths, 2), samplesFor(40));
  assertEquals(blocks.reduce((sum, { count }) => sum + count, 0), 60);
  assert(blocks.slice(0, -2).every(({ count }) => count === 4));
});

Deno.test("runAttack() takes small blocks from the start where few lanes have far to go", async () => {
  const { victim, blocks } = echo(16, [4, 8, 16]);
  const long = [[{ length: 900, fooled: false }], [{ length: 900, fooled: false }]];
  await runAttack(victim, scripted(long, 900), samplesFor(2));
  assert(blocks.every(({ size }) => size === 4));
});

Deno.test("runAttack() goes over to smaller blocks when many rows have stayed empty", async () => {
  const { victim, blocks } = echo(16, [4, 8, 16]);
  const lanes = [[{ length: 150, fooled: false }], [{ length: 150, fooled: false }]];
  const patient = { ...victim, patience: { gradient: 1000, logits: 400 } };
  await runAttack(patient, scripted(lanes, 150), samplesFor(2));
  const sizes = blocks.map(({ size }) => size);
  assertEquals(sizes[0], 16);
  assertEquals(sizes[sizes.length - 1], 4);
  assert(sizes.filter((size) => size === 16).length < 200);
  assert(sizes.filter((size) => size === 16).length > 10, "not at once");
});

Deno.test("runAttack() without images ends at once", async () => {
  const { victim, blocks } = echo(4);
  assertEquals(await runAttack(victim, scripted([[]], 1), []), []);
  assertEquals(blocks.length, 0);
});

Deno.test("runAttack() goes on from a snapshot between any two blocks to the same blocks and outcomes", async () => {
  await fc.assert(
    fc.asyncProperty(scripts, fc.integer({ min: 1, max: 7 }), async (scripts, batchSize) => {
      const attack = scripted(scripts, 9), samples = samplesFor(scripts.length);
      const whole = echo(batchSize, [Math.ceil(batchSize / 2), batchSize]);
      const snapshots: { bytes: Uint8Array; asked: number }[] = [];
      const outcomes = await runAttack(whole.victim, attack, samples, {
        onBlock: (snapshot) => {
          const inFlight = snapshot.inFlight.length;
          snapshots.push({ bytes: serialize(snapshot), asked: whole.blocks.length - inFlight });
        },
      });
      for (const { bytes, asked } of snapshots) {
        const rest = echo(batchSize, [Math.ceil(batchSize / 2), batchSize]);
        const resumed = await runAttack(rest.victim, attack, samples, {
          snapshot: deserialize(bytes),
        });
        assertEquals(resumed, outcomes);
        assertEquals(rest.blocks, whole.blocks.slice(asked));
      }
    }),
    { numRuns: 40 },
  );
});

Deno.test("runAttack() keeps two blocks at the engine, the second only where it is full", async () => {
  const lengths = Array.from({ length: 9 }, () => [{ length: 2, fooled: false }]);
  const { victim } = echo(4);
  let now = 0, most = 0;
  const counts: number[] = [];
  const slow: Victim = {
    ...victim,
    async evaluate(requests, size) {
      if (++now > 1) counts.push(requests.length);
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve));
      now--;
      return await victim.evaluate(requests, size);
    },
  };
  await runAttack(slow, scripted(lengths, 2), samplesFor(9));
  assertEquals(most, 2);
  assert(counts.length > 0 && counts.every((count) => count === 4));
});

Deno.test("runAttack() tells the lowest margin and which runs began without a gradient", async () => {
  const { victim } = echo(4);
  const outcomes = await runAttack(
    victim,
    scripted([[{ length: 2, fooled: false }], [{ length: 2, fooled: true }]], 2),
    samplesFor(2),
  );
  // the echo's logits are [index, variant], its gradient the same
  assertEquals(outcomes.map(({ margin }) => margin), [0, 1]);
  assertEquals(outcomes.map(({ zeroGradient }) => zeroGradient), [true, false]);
});

Deno.test("runAttack() waits for the other block before it passes a failure on", async () => {
  const { victim } = echo(4);
  let now = 0, calls = 0;
  const failing: Victim = {
    ...victim,
    async evaluate(requests, size) {
      now++;
      const first = calls++ === 0;
      await new Promise((resolve) => setTimeout(resolve, first ? 0 : 20));
      now--;
      if (first) throw new RangeError("not finite");
      return await victim.evaluate(requests, size);
    },
  };
  const lengths = Array.from({ length: 9 }, () => [{ length: 2, fooled: false }]);
  await assertRejects(
    () => runAttack(failing, scripted(lengths, 2), samplesFor(9)),
    RangeError,
    "not finite",
  );
  assertEquals([now, calls], [0, 2]);
});

Deno.test("runAttack() shares lanes among engines, with the same outcomes and from any snapshot", async () => {
  await fc.assert(
    fc.asyncProperty(scripts, fc.integer({ min: 2, max: 4 }), async (scripts, parallel) => {
      const attack = scripted(scripts, 9), samples = samplesFor(scripts.length);
      const alone = await runAttack(echo(6).victim, attack, samples);
      const shared = echo(6), snapshots: Uint8Array[] = [];
      const outcomes = await runAttack({ ...shared.victim, parallel }, attack, samples, {
        onBlock: (snapshot) => void snapshots.push(serialize(snapshot)),
      });
      // what was seen besides is only the same where all variants were run to their end
      const verdicts = (found: typeof alone) =>
        found.map(({ point, fooled, margin }) => ({ point, fooled, margin: fooled || margin }));
      assertEquals(verdicts(outcomes), verdicts(alone));
      const lanes = scripts.length * scripts[0].length;
      assertEquals(shared.blocks[0].count <= Math.ceil(lanes / parallel), true);
      for (const bytes of snapshots) {
        const snapshot = deserialize(bytes);
        const victim = { ...echo(6).victim, parallel };
        assertEquals(await runAttack(victim, attack, samples, { snapshot }), outcomes);
      }
    }),
    { numRuns: 40 },
  );
});

/** An attack that walks on by one, as it expects, but now and then jumps to the next multiple of ten. */
function walking(length: number): Attack<{ at: number; asked: number; point: Float32Array }> {
  const jumps = (at: number, index: number) => (at * 7 + index) % 11 === 0;
  return {
    name: "walking",
    variants: 1,
    evaluations: length,
    cost: 1,
    inBall: true,
    start: ({ index }) => ({ at: 0, asked: 0, point: Float32Array.of(index, 0) }),
    request: ({ at, point }) => ({ point: point.slice(), label: 0, key: at }),
    ahead: ({ at, point }, _, count) =>
      Array.from({ length: count }, (_, i) => ({
        point: Float32Array.of(point[0], at + 1 + i),
        label: 0,
        key: at + 1 + i,
        chance: 0.9 ** (i + 1),
      })),
    advance(state, { logits }, { index }) {
      assertEquals([...logits], [index, state.at], "the answer to its own request");
      state.at = jumps(state.at, index) ? 10 * (Math.floor(state.at / 10) + 1) : state.at + 1;
      state.point = Float32Array.of(index, state.at);
      if (++state.asked === length) return { point: state.point, fooled: false };
    },
  };
}

Deno.test("runAttack() fills spare rows with guesses and uses those that come true", async () => {
  const count = 3, attack = walking(40), samples = samplesFor(count);
  const costly = () => {
    const { victim, blocks } = echo(16);
    return { victim: { ...victim, overhead: 16 }, blocks };
  };
  const plain = costly(), guessed = costly();
  const wanted = await runAttack(plain.victim, { ...attack, ahead: undefined }, samples);
  const totals: number[] = [], snapshots: { bytes: Uint8Array; asked: number }[] = [];
  const found = await runAttack(guessed.victim, attack, samples, {
    onProgress: ({ done }) => totals.push(done),
    onBlock: (snapshot) => {
      const asked = guessed.blocks.length - snapshot.inFlight.length;
      snapshots.push({ bytes: serialize(snapshot), asked });
    },
  });
  assertEquals(found.map(({ point }) => point), wanted.map(({ point }) => point));
  assertEquals(totals.at(-1), count * 40, "guesses that were wrong are not counted");
  assert(guessed.blocks.length < plain.blocks.length / 2);
  assert(guessed.blocks.every(({ count }) => count <= 16));
  for (const { bytes, asked } of snapshots) {
    const rest = costly();
    assertEquals(
      await runAttack(rest.victim, attack, samples, { snapshot: deserialize(bytes) }),
      found,
    );
    assertEquals(rest.blocks, guessed.blocks.slice(asked));
  }
});

Deno.test("runAttack() gives engines even parts of few lanes, and one more part waits", async () => {
  for (const [count, parts] of [[7, [3, 2, 2]], [6, [2, 2, 2]], [5, [2, 2, 1]]] as const) {
    const { victim } = echo(16), inFlight: number[][] = [];
    await runAttack({ ...victim, parallel: 2, overhead: 4 }, walking(200), samplesFor(count), {
      onBlock: (snapshot) => void inFlight.push(snapshot.inFlight.map(({ lanes }) => lanes.length)),
    });
    // two of the three parts are with the engines whenever the third has been answered
    const whole = parts.reduce((sum, part) => sum + part, 0);
    const steady = inFlight.slice(3, 30);
    assertEquals(steady.length, 27);
    for (const [first, second, ...others] of steady) {
      assertEquals(others, []);
      const answered = whole - first - second;
      assertEquals([first, second, answered].sort((a, b) => b - a), [...parts]);
    }
  }
});
