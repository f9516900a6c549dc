/** The contract of activations, to which every file of this folder is held. */
import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-core";
import { cudaEngine, engines } from "../../../tests/engines.ts";
import golden from "../../../tests/golden/activations.json" with { type: "json" };
import { MODEL_RULES } from "../../../tests/networks.ts";
import { compare, type Function, PLACES, programOf, wanted } from "../../../tests/products.ts";
import { runOnce } from "../../../tests/run_once.ts";
import type { Engine, Program } from "../../engines/mod.ts";
import { fieldsOf, type Issue } from "../../schema.ts";
import { tf } from "../../tensorflow/mod.ts";
import { type Activation, parameterKey, type ParameterValues } from "../activation.ts";
import { cardFields } from "../card_fields.ts";
import { permitted } from "../../../tests/permitted.ts";

const { activation: activations, architecture: architectures } = MODEL_RULES;

/** An activation with all that it is given but its input; slopes are those of `make.py`. */
const functionOf = (
  { apply, defaults }: Activation,
  parameters: ParameterValues = defaults,
): Function =>
(x: Tensor) => apply({ tf, x, parameters, slope: tf.scalar(0.25) });

const roundedOf = ({ rounded, defaults }: Activation): Function => (x: Tensor) =>
  rounded!({ tf, x, parameters: defaults });

for (const [name, activation] of Object.entries(activations)) {
  const { parameters, defaults, meanings, kind } = activation;
  const cases = golden.cases.filter((one) => one.activation === name);

  permitted(`activation ${name} has what names and help texts are made of`, async () => {
    const fields = Object.keys(fieldsOf(parameters)), issues: Issue[] = [];
    assertEquals([parameters(defaults, "", issues), issues], [defaults, []]);
    assertEquals([Object.keys(defaults), Object.keys(meanings)], [fields, fields]);
    for (const text of [activation.title, activation.source, ...Object.values(meanings)]) {
      assert(text.trim() === text && text !== "");
    }
    const others = cardFields({ architecture: architectures, activation: {} });
    assertEquals(fields.filter((field) => others.includes(field)), [], "also of every card");
    const keys = fields.map((field) => parameterKey(name, field));
    const ofArchitectures = Object.values(architectures).flatMap(({ parameters }) =>
      Object.keys(fieldsOf(parameters))
    );
    assertEquals(keys.filter((key) => ofArchitectures.includes(key)), []);
    const file = new URL(`${name.replaceAll("-", "_")}.ts`, import.meta.url);
    const heavy = /^import (?!type )[^;]*tensorflow/m.exec(await Deno.readTextFile(file));
    assertEquals(heavy?.[0], undefined, "commands that print names would load TensorFlow.js");
  });

  Deno.test(`activation ${name} has golden values, and is ${kind} by them`, () => {
    const own = cases.find((one) => JSON.stringify(one.parameters) === JSON.stringify(defaults));
    assert(own !== undefined, 'none with its defaults: add a case to "tests/golden/make.py"');
    const straight = own.second.every((value) => value === 0);
    assertEquals(straight ? "piecewise linear" : "smooth", kind);
  });

  for (const { label, open, ignore } of await engines()) {
    Deno.test({
      name: `activation ${name} on ${label} has PyTorch's values and derivatives`,
      ignore,
      fn: async () => {
        using engine = await open();
        for (const one of cases) await checkValues(engine, activation, one);
      },
    });
  }

  const [, ...others] = await engines();
  for (const { kind: engineKind, label, open, ignore } of [...others, await cudaEngine()]) {
    const forms = { [name]: functionOf(activation) };
    if (activation.rounded) forms[`rounded ${name}`] = roundedOf(activation);
    Deno.test({
      name: `activation ${name} on ${label} leaves what is around it its values`,
      ignore,
      fn: async () => {
        using engine = await open();
        const wrong: string[] = [];
        for (const [name, follows] of Object.entries(forms)) {
          const places = PLACES.map((place) => ({ ...place, name, follows }));
          for (const what of Object.keys(wanted)) {
            wrong.push(...await compare(engine, programOf(places, what), 1e-5));
          }
        }
        assertEquals(wrong, []);
      },
    });

    // a kink turns the rounding of a product into a jump of the gradient
    if (kind !== "smooth") continue;
    Deno.test({
      name: `activation ${name} on ${label} leaves what is around it its values in bfloat16`,
      ignore: ignore || engineKind === "tensorflow",
      fn: async () => {
        using engine = await open();
        const wrong: string[] = [];
        for (const [name, follows] of Object.entries(forms)) {
          const places = PLACES.slice(0, 2).map((place) => ({ ...place, name, follows }));
          for (const what of Object.keys(wanted)) {
            wrong.push(...await compare(engine, programOf(places, what, "bf16"), 1e-2));
          }
        }
        assertEquals(wrong, []);
      },
    });
  }

  if (activation.rounded) {
    Deno.test(`activation ${name}, rounded, is right to three decimals`, async () => {
      await tf.setBackend("cpu");
      tf.tidy(() => {
        const x = tf.linspace(-12, 12, 4001);
        const [exact, rounded] = [functionOf(activation), roundedOf(activation)].map((f) => [
          f(x).dataSync(),
          tf.grad((x) => tf.sum(f(x)))(x).dataSync(),
        ]);
        for (const order of [0, 1]) {
          const worst = Math.max(
            ...Array.from(exact[order], (value, i) => Math.abs(rounded[order][i] - value)),
          );
          assert(worst <= 5e-4, `derivative ${order} is wrong by ${worst}`);
        }
      });
    });
  }
}

/** Holds values and the first and second derivative against PyTorch's in float64. */
async function checkValues(
  engine: Engine,
  activation: Activation,
  { parameters, ...expected }: typeof golden.cases[number],
): Promise<void> {
  const { points } = golden, f = functionOf(activation, parameters as ParameterValues);
  const program: Program = {
    name: activation.name,
    inputs: { x: { shape: [points.length], dtype: "float32" } },
    build({ x }) {
      const first = tf.grad((x) => tf.sum(f(x)));
      // x^2 / 2 makes the first derivative depend on x for every activation
      const second = tf.grad((x) => tf.sum(tf.add(first(x), tf.mul(tf.square(x), 0.5))));
      return { values: f(x), first: first(x), second: tf.sub(second(x), x) };
    },
  };
  const result = await runOnce(engine, program, () => new Float32Array(points));
  for (const key of ["values", "first", "second"] as const) {
    points.forEach((x, i) => {
      const wanted = expected[key][i], actual = result[key][i];
      // the subtraction of x above loses what is below float32's resolution at x
      const tolerance = 2e-6 * Math.max(1, Math.abs(wanted), Math.abs(x));
      const label = `${JSON.stringify(parameters)}: ${key} at ${x}: ${actual}`;
      assertAlmostEquals(actual, wanted, tolerance, label);
    });
  }
}
