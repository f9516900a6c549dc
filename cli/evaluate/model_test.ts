import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafeTensor,
} from "../../lib/formats/safetensors.ts";
import type { ModelCard } from "../../lib/models/card.ts";
import { initialize } from "../../lib/models/initialize.ts";
import { encodeWeights } from "../../lib/models/weights.ts";
import { type CardOptions, MODEL_RULES, testCard, testNetwork } from "../../tests/networks.ts";
import { readExternalModel } from "./model.ts";
import { UsageError } from "../common/options.ts";
import { permitted } from "../../tests/permitted.ts";

type Tensors = Record<string, SafeTensor>;

const saved = (change: Partial<CardOptions> = {}): Tensors => {
  const network = testNetwork({ activation: "gelu", width: 2, ...change });
  return decodeSafetensors(encodeWeights(network, initialize(network, 0), 0)).tensors;
};

const rename = (tensors: Tensors, to: (name: string) => string): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [to(name), tensor]));

const three = (...values: number[]): SafeTensor => ({
  dtype: "F32",
  shape: [1, values.length, 1, 1],
  data: Float32Array.from(values),
});

const zeros = (...shape: number[]): SafeTensor => ({
  dtype: "F32",
  shape,
  data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
});

/** Reads a file with these tensors, of this name. */
function read(
  tensors: Tensors,
  given: Partial<ModelCard> = { activation: "gelu", shortcut: "raw" },
  metadata: Record<string, string> = {},
  name = "m.safetensors",
) {
  const folder = Deno.makeTempDirSync();
  try {
    const weights = join(folder, name);
    Deno.writeFileSync(weights, encodeSafetensors(tensors, metadata));
    return readExternalModel({ weights, given }, MODEL_RULES);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const MEAN = three(0.5, 0.25, 0.5), STD = three(0.25, 0.25, 0.125);

permitted("readExternalModel() asks for nothing that the file answers", async (t) => {
  const cases: [criterion: string, tensors: Tensors][] = [
    [
      "nn.Sequential(Normalize, net)",
      { ...rename(saved(), (name) => `1.${name}`), "0.mean": MEAN, "0.std": STD },
    ],
    ["net.", { ...rename(saved(), (name) => `net.${name}`), mean: MEAN, std: STD }],
    [
      "ema_model.",
      { ...rename(saved(), (name) => `ema_model.${name}`), "ema_model.mu": MEAN, sigma: STD },
    ],
    [
      "an attacker's copies",
      {
        ...rename(saved(), (name) => `module.model.${name}`),
        ...rename(saved(), (name) => `module.attacker.model.${name}`),
        ...{ "module.normalizer.new_mean": MEAN, "module.normalizer.new_std": STD },
      },
    ],
    [
      "AveragedModel",
      {
        ...rename(saved(), (name) => `module.model.${name}`),
        ...{ "module.normalize.mean": MEAN, "module.normalize.std": STD },
        n_averaged: { dtype: "I64", shape: [], data: BigInt64Array.of(3n) },
      },
    ],
    [
      "fc and downsample",
      {
        ...rename(
          saved(),
          (name) => name.replace("linear", "fc").replace("shortcut", "downsample"),
        ),
        ...{ mean: MEAN, std: STD },
      },
    ],
  ];
  for (const [criterion, tensors] of cases) {
    await t.step(criterion, () => {
      const { card, notes } = read(tensors);
      assertEquals(card, {
        ...testCard({ activation: "gelu", width: 2, shortcut: "raw" }),
        ...{ mean: [0.5, 0.25, 0.5], std: [0.25, 0.25, 0.125] },
      });
      assert(notes.length > 0);
    });
  }
  await t.step("one slope of PReLU", () => {
    const tensors = Object.fromEntries(
      Object.entries(saved({ activation: "prelu" })).filter(([name]) => !/\.act/.test(name)),
    );
    const slope: SafeTensor = { dtype: "F32", shape: [1], data: Float32Array.of(0.1) };
    const { card } = read({ ...tensors, "act.weight": slope, mean: MEAN, std: STD }, {
      shortcut: "raw",
    });
    assertEquals(card.activation, "prelu");
  });
  await t.step("metadata by field", () => {
    const metadata = { format: "pt", arch: "ResNet", activation: "silu", mean: "[0, 0.5, 0.5]" };
    const { card } = read({ ...saved(), std: STD }, { shortcut: "raw" }, metadata);
    assertEquals([card.activation, card.mean], ["silu", [0, 0.5, 0.5]]);
  });
});

permitted(
  "readExternalModel() says that a file is another network before it asks for anything",
  () => {
    const cases: [tensors: Tensors, text: string][] = [
      [
        { "conv_2d.weight": zeros(64, 3, 3, 3), "layer_0.0.batchnorm_0.weight": zeros(64) },
        "it is not a PreActResNet18 but a DMPreActResNet of RobustBench, whose shortcuts are 3x3 and " +
        'whose padding is another (tensor "conv_2d.weight" [64, 3, 3, 3])',
      ],
      [
        { ...saved(), "bn1.weight": zeros(2), "layer2.0.shortcut.1.weight": zeros(4) },
        "not a PreActResNet18 but a ResNet with a batch norm after its first convolution " +
        '(post-activation) (tensor "bn1.weight" [2])',
      ],
      [
        { ...saved(), "layer1.2.conv1.weight": zeros(2, 2, 3, 3) },
        'a ResNet of more blocks than two a stage (tensor "layer1.2.conv1.weight" [2, 2, 3, 3])',
      ],
      [
        { ...saved(), "linear.weight": zeros(100, 16), "linear.bias": zeros(100) },
        'but a network of another number of classes (tensor "linear.bias" [100])',
      ],
      [
        { weight: zeros(10, 3072), bias: zeros(10) },
        'it is not a PreActResNet18: it has 0 of 86 tensors of one; found "bias" [10], "weight" [10,',
      ],
      [{}, "it holds no tensors of a network"],
    ];
    for (const [tensors, text] of cases) {
      const { message } = assertThrows(() => read(tensors, {}), RangeError);
      assert(message.startsWith('Cannot load the weights "m.safetensors": '), message);
      assertStringIncludes(message, text);
    }
  },
);

permitted("readExternalModel() refuses what contradicts the file, or is for other pixels", () => {
  const given = { activation: "gelu", shortcut: "raw" } as const;
  const prelu = { ...saved({ activation: "prelu" }), mean: MEAN, std: STD };
  const cases: [tensors: Tensors, given: Partial<ModelCard>, text: string][] = [
    [prelu, given, "gelu, but the file's activations learned weight, as PReLU; leave"],
    [{ ...saved(), mean: MEAN, std: STD }, { ...given, width: 64 }, "width is given as 64, but"],
    [
      { ...saved(), mean: three(125.307, 122.961, 113.8575), std: three(63.0105, 62.0925, 66.708) },
      given,
      "are for pixels 0 to 255; pixels in [0, 1] need them divided by 255: add --mean " +
      "0.4914,0.4822,0.4465 --std 0.2471,0.2435,0.2616",
    ],
    [
      {
        ...rename(saved(), (name) => `model.${name}`),
        ...rename(saved({ final_bn: true }), (name) => `ema_model.${name}`),
      },
      given,
      "add --prefix ema_model. or --prefix model.",
    ],
  ];
  for (const [tensors, given, text] of cases) {
    assertStringIncludes(assertThrows(() => read(tensors, given), UsageError).message, text);
  }
});

permitted("readExternalModel() says of a part that it is one", () => {
  const tensors = Object.fromEntries(Object.entries(saved()).slice(0, 70));
  const name = "model-00001-of-00002.safetensors";
  const { message } = assertThrows(() => read(tensors, {}, {}, name), UsageError);
  assertStringIncludes(
    message,
    `missing; no other tensor is left that could be it; "${name}" is one`,
  );
});

permitted(
  "readExternalModel() names the weights in a folder, and says how to make them of others",
  () => {
    const folder = Deno.makeTempDirSync();
    try {
      const told = (weights: string) =>
        assertThrows(() => readExternalModel({ weights, given: {} }, MODEL_RULES)).message;
      assertEquals(
        told(folder),
        `Cannot read the weights "${folder}": it is a folder, expected one file; it has no weights in it`,
      );
      const pickle = join(folder, "last.pth"), index = join(folder, "m.safetensors.index.json");
      Deno.writeTextFileSync(pickle, "PK\x03\x04" + "\0".repeat(2000));
      Deno.writeTextFileSync(index, JSON.stringify({ metadata: {}, weight_map: {} }));
      assertEquals(
        told(folder).split("; ").at(-1),
        `it has "${pickle}"`,
      );
      assert(
        told(pickle).endsWith(`, sys.argv[2])" ${pickle} ${join(folder, "last.safetensors")}`),
      );
      assert(told(index).startsWith(`Cannot read "${index}": it is an index of several files`));
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

permitted(
  "readExternalModel() says which cells it takes where one of another stage is named",
  () => {
    const problemOf = (weights: string) =>
      assertThrows(() => readExternalModel({ weights, given: {} }, MODEL_RULES), UsageError)
        .message;
    assertEquals(
      problemOf("attack:pgd50:igr:gelu"),
      'Cannot read the weights "attack:pgd50:igr:gelu": there is no such file; of cells, those of ' +
        "trainings can be evaluated, such as train:igr:gelu",
    );
    assertEquals(problemOf("no.pt"), 'Cannot read the weights "no.pt": there is no such file');
  },
);
