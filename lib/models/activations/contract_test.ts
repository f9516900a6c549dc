/** The contract of activations, to which every file of this folder is held; engines have their own. */
import { assert, assertEquals } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-core";
import golden from "../../../tests/golden/activations.json" with { type: "json" };
import { MODEL_RULES } from "../../../tests/networks.ts";
import { permitted } from "../../../tests/permitted.ts";
import { fieldsOf, type Issue } from "../../schema.ts";
import { tf } from "../../tensorflow/mod.ts";
import {
  type Activation,
  activationShape,
  type ActivationValues,
  parameterKey,
} from "../activation.ts";
import { cardFields } from "../card_fields.ts";

const { activation: activations, architecture: architectures } = MODEL_RULES;

for (const [name, activation] of Object.entries(activations)) {
  const { parameters, defaults, meanings, kind, learned = {} } = activation;
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

  Deno.test(`activation ${name} has golden values with its defaults, and for what it learns`, () => {
    const own = cases.find((one) => JSON.stringify(one.parameters) === JSON.stringify(defaults));
    assert(own !== undefined, 'none with its defaults: add a case to "tests/golden/make.py"');
    for (const { learned: values } of cases) {
      assertEquals(Object.keys(values), Object.keys(learned));
    }
  });

  Deno.test(`activation ${name} is ${kind}, and has the shape that it says`, async () => {
    await tf.setBackend("cpu");
    const all = cases.map(({ parameters, learned }) => ({ parameters, learned } as never));
    for (const values of [{ parameters: defaults, learned }, ...all]) {
      checkShape(activation, values);
    }
  });

  if (activation.rounded) {
    Deno.test(`activation ${name}, rounded, is right to three decimals`, async () => {
      await tf.setBackend("cpu");
      tf.tidy(() => {
        const x = tf.linspace(-12, 12, 4001), given = { tf, parameters: defaults };
        const forms = [activation.apply, activation.rounded!].map((form) => (x: Tensor) =>
          form.call(activation, { ...given, x })
        );
        const [exact, rounded] = forms.map((f) => [
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

/** Points on both sides of 0, far and near, so that what bends fast there is seen. */
const POINTS = [-1, 1].flatMap((sign) =>
  Array.from({ length: 1600 }, (_, i) => sign * 12 * 2 ** (-i / 64))
).toSorted((a, b) => a - b);

/** Holds what an activation says of its shape against derivatives at many points. */
function checkShape(activation: Activation, values: ActivationValues): void {
  const { monotonic, largestSecondDerivative: largest } = activationShape(activation, values);
  const { kind } = activation, label = JSON.stringify(values);
  const [first, second] = tf.tidy(() => {
    const learned = Object.fromEntries(
      Object.entries(values.learned).map(([name, value]) => [name, tf.tensor1d([value])]),
    );
    const f = (x: Tensor) => activation.apply({ tf, x, parameters: values.parameters, learned });
    const slope = tf.grad((x) => tf.sum(f(x)));
    // x^2 / 2 makes the first derivative depend on x for every activation
    const bend = tf.grad((x) => tf.sum(tf.add(slope(x), tf.mul(tf.square(x), 0.5))));
    const x = tf.tensor1d(POINTS);
    return [slope(x).dataSync(), tf.sub(bend(x), x).dataSync()];
  });
  const middle = POINTS.length / 2,
    jumps = (all: ArrayLike<number>) => all[middle] - all[middle - 1];
  // 0 lies between neighbours 4e-7 from it
  const kinked = Math.abs(jumps(first)) > 1e-3;
  const bent = Math.abs(jumps(second)) > 1e-3 * Math.max(1, Math.abs(second[middle]));
  const straight = second.every((value) => Math.abs(value) < 1e-5);
  const found = kinked
    ? straight ? "piecewise linear" : "piecewise smooth"
    : bent
    ? "continuously differentiable"
    : "smooth";
  if (largest !== 0) assertEquals(found, kind, label);
  assertEquals(first.every((value) => value >= -1e-6), monotonic, `monotonic: ${label}`);
  assertEquals(largest === Infinity, kinked, `largest second derivative: ${label}`);
  if (kinked) return;
  const seen = Math.max(...Array.from(second, Math.abs));
  assert(
    Math.abs(seen - largest) <= 1e-3 * largest,
    `largest second derivative ${largest}, found ${seen}: ${label}`,
  );
  // and nowhere between the points does the derivative jump
  for (let i = 1; i < POINTS.length; i++) {
    const most = largest * (POINTS[i] - POINTS[i - 1]);
    assert(Math.abs(first[i] - first[i - 1]) <= 1.001 * most + 2e-6, `at ${POINTS[i]}: ${label}`);
  }
}
