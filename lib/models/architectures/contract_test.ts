/** The contract of architectures, to which every file of this folder is held. */
import { assert, assertEquals } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import { hashed } from "../../../tests/hashed.ts";
import { MODEL_RULES } from "../../../tests/networks.ts";
import { decodeSafetensors } from "../../formats/safetensors.ts";
import { fieldsOf, type Issue, type Schema } from "../../schema.ts";
import { tf } from "../../tensorflow/mod.ts";
import type { ParameterValues } from "../activation.ts";
import type { Architecture } from "../architecture.ts";
import type { Task } from "../../task.ts";
import { archOf, modelCard } from "../card.ts";
import { parseModelCard } from "../card_fields.ts";
import { choices } from "../external_names.ts";
import { forward } from "../forward.ts";
import { initialize } from "../initialize.ts";
import { createNetwork, type Network, statistics, variables } from "../network.ts";
import { decodeWeights, encodeWeights } from "../weights.ts";
import { permitted } from "../../../tests/permitted.ts";

/** Data of other shapes, classes and channels than CIFAR-10's. */
const TASKS: readonly Task[] = [
  { classes: 10, image: [32, 32, 3] },
  { classes: 3, image: [20, 24, 1] },
];

/** The smallest value of each number. */
const smallest = (fields: Readonly<Record<string, Schema<unknown>>>): ParameterValues =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([name, { form }]) =>
      form.kind === "number" ? [[name, form.limits.min!]] : []
    ),
  );

/**
 * The smallest networks of an architecture: all choices for all tasks, with activations that learn nothing,
 * one value and two.
 */
function networks(architecture: Architecture): Network[] {
  const fields = fieldsOf(architecture.parameters);
  return TASKS.flatMap((task, i) =>
    choices(fields, { ...architecture.defaults, ...smallest(fields) }).flatMap((parameters) =>
      ["gelu", ["prelu", "pssilu"][i]].map((name) => {
        const activation = MODEL_RULES.activation[name], [, , channels] = task.image;
        const card = modelCard(architecture, activation, {
          ...parameters,
          mean: Array(channels).fill(0.5),
          std: Array(channels).fill(0.25),
        } as never);
        return createNetwork({ ...task, card, architecture, activation });
      })
    )
  );
}

const label = ({ card, classes }: Network) => `${JSON.stringify(card)} for ${classes} classes`;

for (const [name, architecture] of Object.entries(MODEL_RULES.architecture)) {
  const { parameters, defaults, meanings } = architecture;

  permitted(`architecture ${name} has what names and help texts are made of`, async () => {
    const fields = Object.keys(fieldsOf(parameters)), issues: Issue[] = [];
    assertEquals([parameters(defaults, "", issues), issues], [defaults, []]);
    assertEquals([Object.keys(defaults), Object.keys(meanings)], [fields, fields]);
    for (const text of [architecture.title, architecture.source, ...Object.values(meanings)]) {
      assert(text.trim() === text && text !== "");
    }
    const file = new URL(`${archOf(architecture)}.ts`, import.meta.url);
    const heavy = /^import (?!type )[^;]*tensorflow/m.exec(await Deno.readTextFile(file));
    assertEquals(heavy?.[0], undefined, "commands that print names would load TensorFlow.js");
  });

  Deno.test(`architecture ${name} gives cards and state_dicts back, and knows them`, () => {
    for (const network of networks(architecture)) {
      const { card } = network, text = JSON.stringify(card);
      assertEquals(parseModelCard(text, MODEL_RULES), card);
      const weights = initialize(network, 1), bytes = encodeWeights(network, weights, 3);
      assertEquals(decodeWeights(network, bytes), weights, label(network));
      const shapes = Object.fromEntries(
        Object.entries(decodeSafetensors(bytes).tensors).map(([name, { shape }]) => [name, shape]),
      );
      const inferred = architecture.infer(shapes);
      for (const [field, value] of Object.entries(inferred)) {
        assertEquals(value, network.parameters.architecture[field], `${field}: ${label(network)}`);
      }
      for (const [field, { form }] of Object.entries(fieldsOf(parameters))) {
        if (form.kind === "number") assert(field in inferred, `${field} is not read off shapes`);
      }
    }
  });

  Deno.test(`architecture ${name} computes logits, and learns every variable`, async () => {
    await tf.setBackend("cpu");
    for (const network of networks(architecture)) {
      tf.tidy(() => {
        const shape: [number, number, number, number] = [4, ...network.image];
        const images = tf.tensor(hashed("images", shape, 0, 1), shape) as Tensor4D;
        const all = Object.entries(initialize(network, 1)).map(([name, { shape, data }]) =>
          [name, tf.tensor(data, [...shape])] as const
        );
        const run = (tensors: Record<string, Tensor>, mode: "train" | "eval") =>
          forward(network, { ...Object.fromEntries(all), ...tensors }, images, { mode });
        for (const mode of ["train", "eval"] as const) {
          const { logits, batchStatistics } = run({}, mode);
          assertEquals(logits.shape, [4, network.classes], label(network));
          assert(logits.dataSync().every(Number.isFinite), label(network));
          const names = mode === "train" ? Object.keys(statistics(network)) : [];
          assertEquals(Object.keys(batchStatistics).sort(), names.sort(), label(network));
        }
        const trained = Object.keys(variables(network));
        const k = tf.tensor(hashed("k", [4, network.classes], -1, 1), [4, network.classes]);
        const gradients = tf.grads((...list: Tensor[]) => {
          const tensors = Object.fromEntries(trained.map((name, i) => [name, list[i]]));
          return tf.sum(tf.mul(run(tensors, "eval").logits, k));
        })(trained.map((name) => Object.fromEntries(all)[name]));
        const idle = trained.filter((_, i) => gradients[i].dataSync().every((g) => g === 0));
        assertEquals(idle, [], label(network));
      });
    }
  });
}
