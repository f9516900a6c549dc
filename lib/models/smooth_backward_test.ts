import { assertEquals } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { assertClose, relativeDifference } from "../../tests/close.ts";
import { hashed } from "../../tests/hashed.ts";
import { MODEL_RULES } from "../../tests/networks.ts";
import { tf } from "../tensorflow/mod.ts";
import { architecture } from "./architectures/small_cnn.ts";
import { modelCard } from "./card.ts";
import { forward } from "./forward.ts";
import { initialize } from "./initialize.ts";
import { createNetwork } from "./network.ts";
import { smoothBackward } from "./smooth_backward.ts";

await tf.setBackend("cpu");

const sharpness = 10, points = [-6, -3, -0.5, -0.125, 0, 0.125, 0.5, 3, 6];
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const slope = tf.scalar(0.25);

/** Numbers of what a function gives, which leaves no tensor. */
const numbers = (make: () => Tensor) => tf.tidy(() => [...make().dataSync()]);
const gradientOf = (f: (x: Tensor) => Tensor) => numbers(() => tf.grad(f)(tf.tensor1d(points)));

for (const { name, kind, apply, defaults } of Object.values(MODEL_RULES.activation)) {
  if (kind !== "piecewise linear") continue;
  const activation = (x: Tensor) =>
    apply({ tf, x, parameters: defaults, learned: { weight: slope } });
  const smooth = (x: Tensor) => smoothBackward(activation, x, sharpness);
  const [right] = numbers(() => activation(tf.tensor1d([1])));
  const left = -numbers(() => activation(tf.tensor1d([-1])))[0];

  Deno.test(`smoothBackward() of ${name} has its values, and derivatives between those at its sides`, () => {
    const at = (f: (x: Tensor) => Tensor) => numbers(() => f(tf.tensor1d(points)));
    assertEquals(at(smooth), at(activation));
    const between = points.map((x) => left + (right - left) * sigmoid(sharpness * x));
    assertClose(gradientOf(smooth), between, 1e-6, { label: "first derivative" });
    // far from the kink they are the activation's own, which has no other kink
    const far = (values: number[]) => values.filter((_, i) => Math.abs(points[i]) >= 3);
    const own = gradientOf(activation);
    assertClose(far(gradientOf(smooth)), far(own), 1e-6, { label: "far from the kink" });
  });

  Deno.test(`smoothBackward() of ${name} has the smooth form's second derivative`, () => {
    const second = gradientOf((x) => tf.sum(tf.grad((y) => tf.sum(smooth(y)))(x)));
    const expected = points.map((x) => {
      const share = sigmoid(sharpness * x);
      return (right - left) * sharpness * share * (1 - share);
    });
    assertClose(second, expected, 1e-5, { label: "second derivative" });
  });
}

Deno.test("smoothBackward() differentiates a learned slope by the smooth form", () => {
  const { apply, defaults } = MODEL_RULES.activation.prelu, x = tf.tensor1d(points);
  const found = numbers(() =>
    tf.grad((slope) =>
      tf.sum(
        smoothBackward(
          (x) => apply({ tf, x, parameters: defaults, learned: { weight: slope } }),
          x,
          sharpness,
        ),
      )
    )(slope)
  );
  // slope x + (1 - slope) log(1 + exp(sharpness x)) / sharpness
  const each = points.map((x) => x - Math.log1p(Math.exp(sharpness * x)) / sharpness);
  assertClose(found, [each.reduce((a, b) => a + b)], 1e-5, { label: "slope" });
  x.dispose();
});

Deno.test("forward() has a smooth backward pass where the activation is piecewise linear alone", () => {
  for (const [activation, changes] of [["relu", true], ["gelu", false]] as const) {
    const rule = MODEL_RULES.activation[activation];
    const found = ["", "smooth"].map((how) =>
      numbers(() => {
        const network = createNetwork({
          ...{ card: modelCard(architecture, rule, { filters: 2 } as never), architecture },
          ...{ activation: rule, classes: 3, image: [4, 4, 3] },
        });
        const tensors = Object.fromEntries(
          Object.entries(initialize(network, 3)).map((
            [name, { shape, data }],
          ) => [name, tf.tensor(data, [...shape])]),
        );
        const images = tf.tensor(hashed("images", [1, 4, 4, 3], 0, 1), [1, 4, 4, 3]);
        const logits = (x: Tensor) =>
          forward(network, tensors, x as Tensor4D, {
            mode: "eval",
            ...how ? { smoothBackward: sharpness } : {},
          }).logits;
        const gradient = tf.grad((x) => tf.sum(tf.square(logits(x))))(images);
        return tf.concat([tf.reshape(logits(images), [-1]), tf.reshape(gradient, [-1])]);
      })
    );
    assertEquals(found[0].slice(0, 3), found[1].slice(0, 3), "logits");
    assertEquals(relativeDifference(found[0], found[1]) > 0.01, changes, activation);
  }
});
