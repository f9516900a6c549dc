import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../formats/safetensors.ts";
import { type ModelCard, modelCard } from "./card.ts";
import { inferCard, sortTensors } from "./external.ts";
import { decodeExternalWeights } from "./external_weights.ts";
import { initialize } from "./initialize.ts";
import { encodeWeights } from "./weights.ts";

const card = modelCard({ activation: "gelu", width: 1 });
const weights = initialize(card, 0n);

/** The tensors of a saved model, under other names if need be. */
function saved(rename = (name: string) => name): Record<string, SafeTensor> {
  const { tensors } = decodeSafetensors(encodeWeights(card, weights, 0));
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [rename(name), t]));
}

const floats = (...values: number[]): SafeTensor => ({
  dtype: "F32",
  shape: [1, values.length, 1, 1],
  data: Float32Array.from(values),
});

Deno.test("decodeExternalWeights() takes prefixes, counters and normalisation as they come", () => {
  const prefixes = ["", "module.", "model.", "module.model.", "_orig_mod.module."];
  for (const prefix of prefixes) {
    const tensors = saved((name) => prefix + name);
    tensors[`${prefix}normalize.mean`] = floats(0.5, 0.5, 0.5);
    tensors["sigma"] = floats(0.25, 0.25, 0.25);
    const bytes = encodeSafetensors(tensors);
    assertEquals(decodeExternalWeights(card, bytes, "m.safetensors"), weights, prefix);
  }
  const bare = Object.fromEntries(
    Object.entries(saved()).filter(([name]) => !name.endsWith("num_batches_tracked")),
  );
  assertEquals(decodeExternalWeights(card, encodeSafetensors(bare), "m"), weights);
});

Deno.test("decodeExternalWeights() names a tensor as the file does", () => {
  type Change = (tensors: Record<string, SafeTensor>) => void;
  const cases: [criterion: string, change: Change, text: string][] = [
    [
      "missing",
      (t) => delete t["module.linear.bias"],
      'tensor "linear.bias" [10] is missing; check the model card (width 1, activation gelu',
    ],
    [
      "extra",
      (t) => t["module.fc.bias"] = floats(1, 2),
      'tensor "module.fc.bias" [1, 2, 1, 1] is not part of this network',
    ],
    [
      "shape",
      (t) => t["module.linear.bias"] = floats(1, 2),
      'tensor "module.linear.bias" has shape [1, 2, 1, 1], expected [10]',
    ],
    [
      "not finite",
      (t) => (t["module.linear.bias"].data as Float32Array)[3] = -Infinity,
      'tensor "module.linear.bias" holds -Infinity at element 3',
    ],
    [
      "double",
      (t) => t["module.linear.bias"] = { dtype: "F64", shape: [10], data: new Float64Array(10) },
      'tensor "module.linear.bias" is of type F64, expected F32; save "model.float()',
    ],
    [
      "twice",
      (t) => t["model.linear.bias"] = t["module.linear.bias"],
      'tensors "model.linear.bias" and "module.linear.bias" are both "linear.bias" without',
    ],
    [
      "two means",
      (t) => Object.assign(t, { mu: floats(0, 0, 0), "module.mean": floats(0, 0, 0) }),
      'tensors "module.mean" and "mu" both hold the normalisation\'s mean',
    ],
    [
      "a mean of four",
      (t) => t.mu = floats(0, 0, 0, 0),
      'tensor "mu", the normalisation\'s mean, is F32 [1, 4, 1, 1], expected F32 of three',
    ],
  ];
  for (const [criterion, change, text] of cases) {
    const tensors = saved((name) => `module.${name}`);
    change(tensors);
    const bytes = encodeSafetensors(tensors);
    const error = assertThrows(() => decodeExternalWeights(card, bytes, "m.pth"), RangeError);
    assertEquals(error.message.startsWith('Cannot load the weights "m.pth": '), true, criterion);
    assertStringIncludes(error.message, text, criterion);
  }
});

Deno.test("inferCard() reads width, final batch norm and PReLU off names and shapes", () => {
  const cases: Partial<ModelCard>[] = [
    { width: 1, final_bn: false },
    { width: 3, final_bn: true },
    { width: 2, final_bn: true, activation: "prelu" },
  ];
  for (const expected of cases) {
    const card = modelCard({ activation: "relu", ...expected });
    const { tensors } = decodeSafetensors(encodeWeights(card, initialize(card, 0), 0));
    assertEquals(inferCard(sortTensors(tensors, "m").weights), expected);
  }
});
