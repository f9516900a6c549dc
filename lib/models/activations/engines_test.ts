/**
 * The contract of activations on every engine. All of them are in one program for each engine, since
 * compiling takes most of the time.
 */
import { assertEquals, assertExists } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-core";
import { cudaEngine, engines } from "../../../tests/engines.ts";
import golden from "../../../tests/golden/activations.json" with { type: "json" };
import { MODEL_RULES } from "../../../tests/networks.ts";
import { relativeDifference } from "../../../tests/close.ts";
import { decodeFloats } from "../../../tests/golden_values.ts";
import { hashed } from "../../../tests/hashed.ts";
import { type Case, dataOf, judge, nameOf, placeOf, programOf } from "../../../tests/products.ts";
import { runOnce } from "../../../tests/run_once.ts";
import type { Engine, HostData, Program } from "../../engines/mod.ts";
import { tf } from "../../tensorflow/mod.ts";

const { activation: activations } = MODEL_RULES, { points } = golden;
const cases = golden.cases.filter(({ activation }) => activation in activations);

for (const { label, open, ignore } of await engines()) {
  Deno.test({
    name: `activations on ${label} have PyTorch's values and derivatives`,
    ignore,
    fn: async () => {
      using engine = await open();
      const program = valuesOf(cases), inputs = () => new Float32Array(points);
      assertEquals(wrongValues(await runOnce(engine, program, inputs)), []);
    },
  });
}

for (const { kind, label, open, ignore } of [...await engines(), await cudaEngine()]) {
  Deno.test({
    name: `activations on ${label} have PyTorch's gradients of both orders behind products`,
    ignore,
    fn: async () => {
      using engine = await open();
      assertEquals(await wrongBehind(engine, Object.keys(activations), "f32"), []);
    },
  });
  Deno.test({
    name: `activations on ${label} have PyTorch's gradients behind products in bfloat16`,
    // they compute in float32 alone
    ignore: ignore || kind === "tensorflow" || kind === "cpu",
    fn: async () => {
      using engine = await open();
      // where a derivative jumps, the rounding of a product does, too
      const smooth = Object.keys(activations).filter((name) => activations[name].kind === "smooth");
      assertEquals(await wrongBehind(engine, smooth, "bf16"), []);
    },
  });
}

/** What stands before an activation: a convolution, a dense layer, batch norm. */
const PLACES: readonly Pick<Case, "product" | "between">[] = [
  { product: "3x3", between: "nothing" },
  { product: "3x3", between: "bias" },
  { product: "3x3", between: "batch norm" },
  { product: "dense", between: "nothing" },
];

/**
 * What differs from PyTorch in float64, of values, gradients of a loss, and gradients of the squared
 * norm of its gradient at the images. A rounded form, which PyTorch lacks, is held to the engine `cpu`.
 */
async function wrongBehind(
  engine: Engine,
  names: readonly string[],
  precision: "f32" | "bf16",
): Promise<string[]> {
  const [limit, places] = precision === "f32" ? [1e-5, PLACES] : [1e-2, PLACES.slice(0, 2)];
  const exact: Case[] = [], rounded: Case[] = [];
  for (const name of names) {
    const { apply, rounded: roughly, defaults: parameters } = activations[name];
    // not the initial values: SmoothReLU's bend so fast that they make differences of rounding large
    const { learned } = goldenOf(name);
    const own = () =>
      Object.fromEntries(Object.entries(learned).map(([name, value]) => [name, tf.scalar(value)]));
    for (const place of places) {
      const follow = (form: typeof apply) => (x: Tensor) =>
        form({ tf, x, parameters, learned: own() });
      exact.push({ ...place, name, follows: follow(apply) });
      if (roughly) rounded.push({ ...place, name: `rounded ${name}`, follows: follow(roughly) });
    }
  }
  const programs = (cases: readonly Case[]) => programOf(cases, "value and both orders", precision);
  const results = await runOnce(engine, programs([...exact, ...rounded]), dataOf);
  const expected = rounded.length === 0 ? {} : await judge(programs(rounded));
  const wrong = (at: string, actual: HostData, wanted: HostData) => {
    const difference = relativeDifference(actual, wanted);
    return difference <= limit ? [] : [`${at}: ${difference.toExponential(1)}`];
  };
  return [
    ...exact.flatMap((one) => {
      const behind = goldenOf(one.name).behind as Readonly<Record<string, Record<string, string>>>;
      return Object.entries(behind[placeOf(one)]).flatMap(([result, sums]) => {
        const at = `${nameOf(one)}/${result}`;
        return wrong(at, folded(results[at]), decodeFloats(sums));
      });
    }),
    ...Object.entries(expected).flatMap(([at, wanted]) => wrong(at, results[at], wanted)),
  ];
}

/** The case of an activation that PyTorch put behind products. */
function goldenOf(name: string) {
  const found = cases.find(({ activation, behind }) => activation === name && behind !== undefined);
  assertExists(found, `no golden values of ${name}: add a case to "tests/golden/make.py"`);
  return found;
}

/** Many numbers as a few, the twin of `folded` in `tests/golden/make.py`. */
function folded(values: HostData): Float32Array<ArrayBuffer> {
  const signs = hashed("folding", [values.length], -1, 1), sums = new Float64Array(golden.sums);
  for (let i = 0; i < values.length; i++) sums[i % golden.sums] += values[i] * signs[i];
  return Float32Array.from(sums);
}

/** Values, both derivatives, and those by what is learned, each result named by its case. */
function valuesOf(all: typeof cases): Program {
  const one = ({ activation, parameters, learned }: typeof cases[number], x: Tensor) => {
    const names = Object.keys(learned), values = Object.values(learned) as number[];
    const { apply } = activations[activation];
    const f = (x: Tensor, own: readonly Tensor[]) =>
      apply({
        ...{ tf, x, parameters: parameters as never },
        learned: Object.fromEntries(names.map((name, i) => [name, own[i]])),
      });
    const own = values.map((value) => tf.tensor1d([value]));
    const first = (x: Tensor, own: readonly Tensor[]) => tf.grad((x) => tf.sum(f(x, own)))(x);
    // x^2 / 2 makes the first derivative depend on x for every activation
    const second = tf.grad((x) => tf.sum(tf.add(first(x, own), tf.mul(tf.square(x), 0.5))))(x);
    // 0, where a kink makes it a matter of taste, does not count
    const weights = tf.tensor1d(points.map((x, i) => x === 0 ? 0 : i + 1));
    const learning = names.length === 0 ? {} : Object.fromEntries(
      [f, first].flatMap((of, order) =>
        tf.grads((...own: Tensor[]) => tf.sum(tf.mul(weights, of(x, own))))(own)
          .map((gradient, i) => [`${names[i]} ${order}`, gradient])
      ),
    );
    return { values: f(x, own), first: first(x, own), second: tf.sub(second, x), ...learning };
  };
  return {
    name: "activations",
    inputs: { x: { shape: [points.length], dtype: "float32" } },
    build: ({ x }) =>
      Object.fromEntries(
        all.flatMap((c, i) =>
          Object.entries(one(c, x)).map(([name, value]) => [`${i} ${name}`, value])
        ),
      ),
  };
}

/** Where results are not PyTorch's in float64. */
function wrongValues(result: Readonly<Record<string, HostData>>): string[] {
  return cases.flatMap(({ activation, parameters, learned, learning, ...expected }, i) => {
    const at = `${activation} ${JSON.stringify({ ...parameters, ...learned })}`;
    const differ = (actual: number, wanted: number, size: number) =>
      !(Math.abs(actual - wanted) <= 2e-6 * Math.max(1, Math.abs(wanted), size));
    const values = (["values", "first", "second"] as const).flatMap((key) =>
      points.flatMap((x, n) => {
        // at a kink between curves PyTorch's second derivative is 0, which is on neither side
        if (x === 0 && key === "second" && activations[activation].kind === "piecewise smooth") {
          return [];
        }
        const actual = result[`${i} ${key}`][n], wanted = expected[key][n];
        // the subtraction of x loses what is below float32's resolution at x
        const wrong = differ(actual, wanted, Math.abs(x));
        return wrong ? [`${at}: ${key} at ${x}: ${actual}, expected ${wanted}`] : [];
      })
    );
    const own = Object.entries((learning ?? {}) as Record<string, number[]>).flatMap((
      [name, both],
    ) =>
      both.flatMap((wanted, order) => {
        const [actual] = result[`${i} ${name} ${order}`];
        // sums of as many terms as there are points, each up to 30 times its place
        return differ(actual, wanted, 1e3)
          ? [`${at}: ${name}, order ${order}: ${actual}, expected ${wanted}`]
          : [];
      })
    );
    return [...values, ...own];
  });
}
