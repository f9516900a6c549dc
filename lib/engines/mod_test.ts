import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { engines, findPlugin } from "../../tests/engines.ts";
import { PjrtClient } from "../pjrt/client.ts";
import type { Tensor1D } from "@tensorflow/tfjs-core";
import { tf } from "../tensorflow/mod.ts";
import { type Engine, openEngine, type Program, type Spec } from "./mod.ts";
import { permitted } from "../../tests/permitted.ts";

const pair: Spec = { shape: [2], dtype: "float32" };

/** Adds to a state that stays in the engine, and says which elements are positive. */
const accumulate: Program = {
  name: "accumulate",
  inputs: { state: pair, added: pair },
  donate: { state: "state" },
  build: ({ state, added }) => {
    const sum = tf.add(state, added);
    return { state: sum, positive: tf.greater(sum, 0), count: tf.cast(tf.sum(sum), "int32") };
  },
};

const put = (engine: Engine, ...numbers: number[]) =>
  engine.put(Float32Array.from(numbers), { shape: [numbers.length], dtype: "float32" });

for (const { label, ignore, open } of await engines()) {
  const test = (name: string, fn: (engine: Engine) => Promise<void>) =>
    Deno.test({
      name: `${name} [${label}]`,
      ignore,
      fn: async () => {
        using engine = await open();
        await fn(engine);
      },
    });

  test("run() computes, gives up donated inputs and frees what is disposed of", async (engine) => {
    const program = await engine.compile(accumulate);
    const base = engine.live();
    let state = put(engine, 1, -5);
    for (let i = 0; i < 3; i++) {
      const added = put(engine, 1, 1), before = state;
      const { positive, count, ...rest } = await program.run({ state, added });
      state = rest.state;
      assertEquals(before.alive, false);
      assertEquals([...await engine.read(positive)], [1, 0]);
      assertEquals([...await engine.read(count)], [2 * i - 2]);
      for (const value of [added, positive, count]) value[Symbol.dispose]();
      assertEquals(engine.live() - base, 1, "only the state is left");
    }
    assertEquals([...await engine.read(state)], [4, -2]);
    state[Symbol.dispose]();
    state[Symbol.dispose]();
    program[Symbol.dispose]();
    assertEquals(engine.live(), 0);
  });

  test("read() and submit() end well though what they use is disposed of meanwhile", async (engine) => {
    const program = await engine.compile(accumulate);
    const state = put(engine, 1, -5), added = put(engine, 2, 2);
    const submitted = program.submit({ state, added });
    added[Symbol.dispose]();
    program[Symbol.dispose]();
    const { outputs, done } = await submitted;
    const readings = Object.values(outputs).map((value) => engine.read(value));
    for (const value of Object.values(outputs)) value[Symbol.dispose]();
    assertEquals((await Promise.all(readings)).map((data) => [...data]), [[3, -3], [1, 0], [0]]);
    await done;
    assertEquals(engine.live(), 0);
  });

  test("submit() takes the next run before the last has ended", async (engine) => {
    const program = await engine.compile(accumulate);
    let state = put(engine, 1, -5);
    const ends: Promise<void>[] = [];
    for (let i = 0; i < 5; i++) {
      using added = put(engine, i, 1);
      const before = state, { outputs, done } = await program.submit({ state, added });
      assertEquals(before.alive, false);
      state = outputs.state;
      for (const name of ["positive", "count"]) outputs[name][Symbol.dispose]();
      ends.push(done);
    }
    assertEquals(await Promise.all(ends), Array(5).fill(undefined));
    assertEquals([...await engine.read(state)], [11, 0]);
    state[Symbol.dispose]();
    program[Symbol.dispose]();
    assertEquals(engine.live(), 0);
  });

  test("a uint8 input holds every byte, and is int32 to the program", async (engine) => {
    const bytes: Spec = { shape: [2, 256], dtype: "uint8" };
    using program = await engine.compile({
      name: "bytes",
      inputs: { bytes, rows: { shape: [3], dtype: "int32" } },
      build: ({ bytes, rows }) => ({
        doubled: tf.add(bytes, bytes),
        taken: tf.gather(bytes, rows as Tensor1D),
      }),
    });
    const data = Uint8Array.from({ length: 512 }, (_, i) => i < 256 ? i : 511 - i);
    using all = engine.put(data, bytes);
    using rows = engine.put(Int32Array.of(1, 0, 1), { shape: [3], dtype: "int32" });
    assertEquals([...await engine.read(all)], [...data]);
    const { doubled, taken } = await program.run({ bytes: all, rows });
    assertEquals([doubled.dtype, taken.dtype], ["int32", "int32"]);
    assertEquals([...await engine.read(doubled)], Array.from(data, (byte) => 2 * byte));
    const [first, second] = [[...data.subarray(0, 256)], [...data.subarray(256)]];
    assertEquals([...await engine.read(taken)], [...second, ...first, ...second]);
    doubled[Symbol.dispose]();
    taken[Symbol.dispose]();
  });

  test("run() names the input that is missing, unknown, of another shape or gone", async (engine) => {
    using program = await engine.compile(accumulate);
    using state = put(engine, 1, 2);
    using long = put(engine, 1, 2, 3);
    const gone = put(engine, 1, 2);
    gone[Symbol.dispose]();
    const cases = [
      [{ state }, 'input "added" (float32[2]) is missing'],
      [{ state, added: long }, 'input "added" is float32[3], expected float32[2]'],
      [{ state, added: gone }, 'input "added" was disposed of or donated'],
      [{ state, added: state, more: state }, 'it has no input "more"; it has state, added'],
    ] as const;
    for (const [inputs, text] of cases) {
      await assertRejects(() => program.run({ ...inputs }), TypeError, text);
    }
    assert(state.alive, "a refused run takes nothing");
  });

  test("put() refuses data of another size", (engine) => {
    assertThrows(
      () => engine.put(Float32Array.of(1, 2, 3), pair),
      RangeError,
      "Cannot make a value of shape [2] from 3 elements",
    );
    return Promise.resolve();
  });
}

permitted("openEngine() says what is missing and how to get it", async () => {
  await assertRejects(() => openEngine({ kind: "webgl" }), RangeError, "expected one of pjrt, cpu");
  await assertRejects(() => openEngine({ kind: "pjrt" }), Error, "pass --plugin PATH");
  const plugin = await Deno.makeTempFile({ suffix: ".so" });
  await Deno.writeTextFile(plugin, "not a library");
  await assertRejects(() => openEngine({ kind: "pjrt", plugin }), Error, "Cannot load the PJRT");
  await Deno.remove(plugin);
});

const plugin = await findPlugin();
permitted({
  name: "PjrtClient passes on the plugin's own error" + (plugin ? "" : " (skipped: no plugin)"),
  ignore: !plugin,
  fn: async () => {
    using client = new PjrtClient(plugin!);
    const text = `module @wrong { func.func public @main(%a: tensor<2xf32>) -> tensor<3xf32> {
      return %a : tensor<2xf32> } }`;
    const error = await assertRejects(() => client.compile(text), Error);
    assert(/tensor<2xf32>|type of return|MLIR|parse/i.test(error.message), error.message);
    assertEquals(client.live, 0);
  },
});

permitted({
  name: "a run that fails names its program and leaves nothing" +
    (plugin ? "" : " (skipped: no plugin)"),
  ignore: !plugin,
  fn: async () => {
    using engine = await openEngine({ kind: "pjrt", plugin });
    const size = 2 ** 12, shape = [size, size, size, size];
    const huge = await engine.compile({
      name: "huge", // 1 PiB: more than an address space
      inputs: { x: { shape: [size], dtype: "float32" } },
      build: ({ x }) => ({
        sums: tf.add(tf.tile(tf.reshape(x, [size, 1, 1, 1]), [1, size, size, 1]), x),
      }),
    });
    const next = await engine.compile({
      name: "next",
      inputs: { sums: { shape, dtype: "float32" } },
      build: ({ sums }) => ({ first: tf.slice(sums, [0, 0, 0, 0], [1, 1, 1, 1]) }),
    });
    const x = engine.put(new Float32Array(size), { shape: [size], dtype: "float32" });
    await assertRejects(() => huge.run({ x }), Error, 'Cannot run "huge": PJRT: Out of memory');
    const { outputs, done } = await huge.submit({ x });
    const after = await next.submit(outputs);
    await assertRejects(() => done, Error, 'Cannot run "huge": PJRT: Out of memory');
    await assertRejects(() => after.done, Error, 'Cannot run "next": PJRT: ');
    for (const value of [x, outputs.sums, after.outputs.first]) value[Symbol.dispose]();
    huge[Symbol.dispose]();
    next[Symbol.dispose]();
    assertEquals(engine.live(), 0);
  },
});
