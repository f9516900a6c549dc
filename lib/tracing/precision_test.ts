import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-core";
import type { Engine, Program } from "../engines/engine.ts";
import { stream } from "../random/philox.ts";
import { toStableHlo } from "../stablehlo/print.ts";
import { convolution, tf } from "../tensorflow/mod.ts";
import { engines } from "../../tests/engines.ts";
import { nativeBfloat16 } from "../pjrt/bfloat16.ts";
import { roundToBfloat16 } from "./bfloat16.ts";
import { sizeOf } from "./graph.ts";
import { precisionOf, withPrecision } from "./precision.ts";
import { trace } from "./trace.ts";

/** A convolution, its two gradients under `weights`, and a matrix product. */
const program = (stride: number, channels = 16): Program => {
  const images = [2, 8, 8, channels], out = [2, 8 / stride, 8 / stride, channels];
  return {
    name: "three convolutions",
    inputs: {
      x: { shape: images, dtype: "float32" },
      filters: { shape: [3, 3, channels, channels], dtype: "float32" },
      weights: { shape: out, dtype: "float32" },
    },
    build({ x, filters, weights }) {
      const product = (x: Tensor4D, f: Tensor4D) => convolution(x, f, stride);
      const total = (x: unknown, f: unknown) =>
        tf.sum(tf.mul(product(x as Tensor4D, f as Tensor4D), weights));
      const [image, filter] = tf.grads(total)([x, filters]);
      const rows = tf.reshape(x, [-1, channels]);
      return {
        forward: product(x as Tensor4D, filters as Tensor4D),
        image,
        filter,
        dot: tf.matMul(rows, rows, true),
      };
    },
  };
};

const text = (precision: Program["precision"], platform: string) =>
  toStableHlo(withPrecision(trace(program(1)), precisionOf({ precision }), platform));

/** Each convolution and matrix product of a text: types of its operands and result, and algorithm. */
const products = (text: string) =>
  text.split("\n").filter((line) => /stablehlo\.(convolution|dot_general)/.test(line)).map(
    (line) => {
      const [a, b, result] = line.slice(line.lastIndexOf(" : (")).matchAll(/x(b?f\d+)>/g);
      const [, algorithm] = /precision[ <=[]+(\w+)/.exec(line.replace("precision_config", ""))!;
      return `${line.includes("dot") ? "dot" : "convolution"} ${a[1]} ${b[1]} ${
        result[1]
      } ${algorithm}`;
    },
  );

Deno.test("withPrecision() changes the text of products alone, and none for f32", () => {
  const plain = toStableHlo(trace(program(1)));
  const f32 = "convolution f32 f32 f32 HIGHEST", dot = "dot f32 f32 f32 HIGHEST";
  const tf32 = "convolution f32 f32 f32 DEFAULT", bf16 = "convolution bf16 bf16 bf16 DEFAULT";
  assertEquals(products(plain), [f32, f32, f32, dot]);
  assertEquals(text(undefined, "cuda"), plain);
  assertEquals(text("f32", "cuda"), plain);
  assertEquals(text("f32", "cpu"), plain);
  assertEquals(text("tf32", "cpu"), plain, "a CPU has no TF32");
  assertEquals(products(text("tf32", "cuda")), [tf32, tf32, tf32, "dot f32 f32 f32 DEFAULT"]);
  for (const platform of ["cpu", "cuda"]) {
    assertEquals(products(text("bf16", platform)), [bf16, bf16, bf16, dot]);
    const mixed = text({ forward: "f32", gradient: "bf16" }, platform);
    assertEquals(products(mixed), [f32, bf16, bf16, dot]);
  }
  const reversed = (platform: string) => /reverse.*x(\w+)>$/m.exec(text("bf16", platform))?.[1];
  assertEquals([reversed("cpu"), reversed("cuda")], ["f32", "bf16"]);
  const signature = (text: string) => text.split("\n")[1];
  assertEquals(signature(text("bf16", "cpu")), signature(plain), "inputs and results stay float32");
});

Deno.test("roundToBfloat16() keeps 8 bits, ties to even, and what is no number", () => {
  const cases = [
    [1, 1],
    [-0, -0],
    [1 + 2 ** -8, 1],
    [1 + 3 * 2 ** -8, 1 + 2 ** -6],
    [1 + 2 ** -8 + 2 ** -20, 1 + 2 ** -7],
    [-1 - 2 ** -8 - 2 ** -20, -1 - 2 ** -7],
    [3.4e38, Infinity],
    [-Infinity, -Infinity],
    [NaN, NaN],
    [2 ** -133, 2 ** -133],
    [2 ** -135, 0],
  ];
  for (const [value, rounded] of cases) assertEquals(roundToBfloat16(value), rounded, `${value}`);
});

const numbers = (name: string, shape: readonly number[]) => {
  const data = new Float32Array(sizeOf(shape));
  stream(0n, name).fill(data, -1, 1);
  return data;
};

async function run(
  engine: Engine,
  program: Program,
  change: (x: number) => number = (x) => x,
): Promise<Record<string, Float32Array>> {
  using executable = await engine.compile(program);
  const inputs = Object.fromEntries(
    Object.entries(program.inputs).map(([name, spec]) => [
      name,
      engine.put(numbers(name, spec.shape).map(change), spec),
    ]),
  );
  const outputs = await executable.run(inputs), found: Record<string, Float32Array> = {};
  for (const [name, value] of Object.entries(outputs)) {
    found[name] = await engine.read(value) as Float32Array;
    value[Symbol.dispose]();
  }
  for (const value of Object.values(inputs)) value[Symbol.dispose]();
  return found;
}

/** As factors are rounded for a CPU; the libraries round their results to even. */
function roundTiesAway(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] = bits[0] + 0x8000 & 0xFFFF0000;
  return new Float32Array(bits.buffer)[0];
}

const [cpu, pjrt] = await engines();

Deno.test({
  name: `bf16 factors are rounded to the nearest, ties away from zero [${pjrt.label}]`,
  ignore: pjrt.ignore,
  fn: async () => {
    const cases: [number, number][] = [
      [1, 1],
      [1 + 2 ** -8, 1 + 2 ** -7], // a tie, to even it would be 1
      [-1 - 3 * 2 ** -8, -1 - 2 ** -6],
      [1 + 2 ** -8 - 2 ** -20, 1],
      [2 ** -140, 0], // less than half of the smallest
    ];
    // a library may multiply neighbours with zeros: what is not finite comes alone
    const alone: [number, number][] = [[3.4e38, Infinity], [-Infinity, -Infinity], [NaN, NaN]];
    for (const [value, rounded] of alone) assertEquals(roundTiesAway(value), rounded);
    const points = cases.map(([value]) => value);
    for (const [value, rounded] of cases) assertEquals(roundTiesAway(value), rounded);
    const name = "identity", shape = [1, points.length, 1, 1];
    const identity: Program = {
      name,
      inputs: { x: { shape, dtype: "float32" }, one: { shape: [1, 1, 1, 1], dtype: "float32" } },
      precision: "bf16",
      build: ({ x, one }) => ({ y: convolution(x as Tensor4D, one as Tensor4D, 1) }),
    };
    using engine = await pjrt.open();
    using executable = await engine.compile(identity);
    const apply = async (values: readonly number[]) => {
      using x = engine.put(Float32Array.from(values), { shape, dtype: "float32" });
      using one = engine.put(Float32Array.of(1), { shape: [1, 1, 1, 1], dtype: "float32" });
      const { y } = await executable.run({ x, one });
      const found = await engine.read(y);
      y[Symbol.dispose]();
      return Array.from(found);
    };
    assertEquals(await apply(points), cases.map(([, rounded]) => rounded));
    for (const [value] of alone) {
      const found = await apply(points.map(() => value));
      assert(found.every((y) => !Number.isFinite(y)), `${value} gives ${found}`);
    }
  },
});

for (const [stride, channels] of [[1, 16], [1, 64], [2, 16], [2, 64]]) {
  Deno.test({
    name:
      `bf16 convolutions of stride ${stride}, ${channels} channels: float32 sums of rounded factors, rounded once [${pjrt.label}]`,
    ignore: pjrt.ignore,
    fn: async () => {
      using eager = await cpu.open();
      using compiled = await pjrt.open();
      const three = program(stride, channels);
      const plain = await run(eager, three);
      const exact = await run(eager, three, roundTiesAway);
      const got = await run(compiled, { ...three, precision: "bf16" });
      for (const name of ["forward", "image", "filter"]) {
        const noise = 1e-5 * Math.max(...exact[name].map(Math.abs)); // of float32 sums
        if (got[name].some((value) => value !== roundToBfloat16(value))) {
          if (nativeBfloat16() === undefined) {
            // without instructions for it the factors are widened, and the sums stay as they are
            got[name].forEach((value, i) => assertAlmostEquals(value, exact[name][i], noise));
            continue;
          }
          // what the library has in float32 alone is left there, factors and all
          assertEquals([stride, name], [2, "image"]);
          got[name].forEach((value, i) => assertAlmostEquals(value, plain[name][i], noise));
          continue;
        }
        let equal = 0;
        got[name].forEach((value, i) => {
          // sums in another order may fall on the other side of the middle between two neighbours
          const half = 2 ** -8 * Math.abs(value);
          assertAlmostEquals(value, exact[name][i], half + noise, `${name}[${i}]`);
          if (value === roundToBfloat16(exact[name][i])) equal++;
        });
        assert(equal >= 0.99 * got[name].length, `${name}: ${equal} of ${got[name].length} equal`);
      }
      got.dot.forEach((value, i) =>
        assert(Math.abs(value - plain.dot[i]) < 1e-4, "dot is float32")
      );
    },
  });
}

Deno.test({
  name: `{ forward: "f32", gradient: "bf16" } leaves the forward pass bit for bit [${pjrt.label}]`,
  ignore: pjrt.ignore,
  fn: async () => {
    using compiled = await pjrt.open();
    const f32 = await run(compiled, program(1));
    const mixed = await run(compiled, {
      ...program(1),
      precision: { forward: "f32", gradient: "bf16" },
    });
    const bf16 = await run(compiled, { ...program(1), precision: "bf16" });
    assertEquals(mixed.forward, f32.forward);
    assertEquals(mixed.image, bf16.image);
    assert(mixed.image.some((value, i) => value !== f32.image[i]));
  },
});

Deno.test("engines that run eagerly refuse bf16 and take f32 and tf32", async () => {
  using eager = await cpu.open();
  for (const precision of ["bf16", { forward: "f32", gradient: "bf16" }] as const) {
    await assertRejects(
      () => eager.compile({ ...program(1), precision }),
      RangeError,
      'Cannot run "three convolutions" in bf16 on the engine "cpu"',
    );
  }
  (await eager.compile({ ...program(1), precision: "tf32" }))[Symbol.dispose]();
});
