import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../formats/safetensors.ts";
import { parseSafetensorsHeader } from "../formats/safetensors_header.ts";
import { smallNetwork, testNetwork } from "../../tests/networks.ts";
import type { Network } from "./network.ts";
import { PrefixError, readExternal } from "./external.ts";
import { decodeExternalWeights } from "./external_weights.ts";
import { initialize } from "./initialize.ts";
import { encodeWeights } from "./weights.ts";

type Tensors = Record<string, SafeTensor>;

const network = testNetwork({ activation: "gelu", width: 1 });
const weights = initialize(network, 0n);

/** The tensors of a saved model, under other names if need be. */
function saved(rename = (name: string) => name, of: Network = network, seed = 0): Tensors {
  const { tensors } = decodeSafetensors(encodeWeights(of, initialize(of, seed), 0));
  return Object.fromEntries(Object.entries(tensors).map(([name, t]) => [rename(name), t]));
}

const under = (prefix: string, tensors: Tensors = saved()): Tensors =>
  Object.fromEntries(Object.entries(tensors).map(([name, t]) => [prefix + name, t]));

const floats = (...values: number[]): SafeTensor => ({
  dtype: "F32",
  shape: [1, values.length, 1, 1],
  data: Float32Array.from(values),
});

const normalisation = (mean: string, std: string): Tensors => ({
  [mean]: floats(0.5, 0.25, 0.5),
  [std]: floats(0.25, 0.25, 0.125),
});
const NORMALISED = { mean: [0.5, 0.25, 0.5], std: [0.25, 0.25, 0.125] };

function read(
  tensors: Tensors,
  prefix?: string,
  metadata?: Record<string, string>,
  target: Network = network,
) {
  const bytes = encodeSafetensors(tensors, metadata);
  return readExternal(parseSafetensorsHeader(bytes, "m.pth"), {
    source: "m.pth",
    target,
    prefix,
    read: ({ begin, end }) => bytes.slice(begin, end),
  });
}

Deno.test("readExternal() finds network and normalisation in wrappers, and says so", async (t) => {
  const counter: SafeTensor = { dtype: "I64", shape: [], data: BigInt64Array.of(7n) };
  const cases: [criterion: string, tensors: Tensors, notes: string[], normalised: boolean][] = [
    ["plain", saved(), [], false],
    ...["net.", "online_model.", "ema_model.", "_orig_mod.module.", "state_dict.", "any.3.thing."]
      .map((
        prefix,
      ): [string, Tensors, string[], boolean] => [
        prefix,
        under(prefix),
        [`read ${prefix}*`],
        false,
      ]),
    [
      "nn.Sequential(Normalize, net)",
      { ...under("1."), ...normalisation("0.mean", "0.std") },
      ["read 1.*"],
      true,
    ],
    [
      "a normaliser beside",
      { ...under("model."), ...normalisation("normalize.mu", "normalize.sigma") },
      ["read model.*"],
      true,
    ],
    [
      "buffers of the network",
      { ...under("net."), ...normalisation("net.mean", "net.std") },
      ["read net.*"],
      true,
    ],
    [
      "buffers around",
      { ...under("module.model."), ...normalisation("mean", "module.std") },
      ["read module.model.*"],
      true,
    ],
    [
      "an attacker's copies",
      {
        ...under("module.model."),
        ...under("module.attacker.model."),
        ...normalisation("module.normalizer.new_mean", "module.normalizer.new_std"),
        ...normalisation("module.attacker.normalize.new_mean", "module.attacker.normalize.new_std"),
      },
      ["read module.model.*", "left out module.attacker.* (equal copies)"],
      true,
    ],
    [
      "AveragedModel",
      { ...under("module."), n_averaged: counter },
      ["read module.*", "left out n_averaged (counters)"],
      false,
    ],
    [
      "state of the training",
      { ...saved(), ...under("optimizer.exp_avg."), epoch: counter },
      [
        "left out optimizer.exp_avg.layer1.0.bn1.num_batches_tracked and 101 more (state of the " +
        "training)",
        "left out epoch (counters)",
      ],
      false,
    ],
    ["fc", saved((name) => name.replace("linear", "fc")), ["took fc for linear"], false],
    [
      "downsample",
      saved((name) => name.replace("shortcut", "downsample")),
      ["took downsample.0 for shortcut.0"],
      false,
    ],
    [
      "a shortcut alone",
      saved((name) => name.replace("shortcut.0", "shortcut")),
      ["took shortcut for shortcut.0"],
      false,
    ],
    [
      "a compiled stage",
      saved((name) => name.replace("layer2.", "layer2._orig_mod.")),
      ["took _orig_mod out of names"],
      false,
    ],
    [
      "a layer twice",
      { ...saved(), "fc.bias": saved()["linear.bias"] },
      ["took fc for linear", "left out linear.bias (equal to fc.bias)"],
      false,
    ],
  ];
  for (const [criterion, tensors, notes, normalised] of cases) {
    await t.step(criterion, () => {
      const bytes = encodeSafetensors(tensors), external = read(tensors);
      assertEquals(decodeExternalWeights(network, bytes, "m"), {
        weights,
        notes: external.notes,
      });
      assertEquals(external.notes.toSorted(), notes.toSorted());
      assertEquals(external.normalisation, normalised ? NORMALISED as never : {});
      assertEquals(external.inferred, {
        parameters: { width: 1, final_bn: false },
        learned: [],
      });
    });
  }
});

Deno.test("readExternal() takes a network's own names for no other network's", () => {
  const small = smallNetwork("gelu"); // its "conv" is what others call PreActResNet18's "conv1"
  const { notes, inferred } = read(under("net.", saved(undefined, small)), undefined, {}, small);
  assertEquals(notes, ["read net.*"]);
  assertEquals(inferred.parameters, { filters: 2 });
});

Deno.test("readExternal() takes one value of the normalisation for all channels", () => {
  const { normalisation } = read({ ...saved(), mean: floats(0.5), std: floats(0.25) });
  assertEquals(normalisation, { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] });
});

Deno.test("readExternal() takes no single number for the normalisation that may be another", () => {
  const cases: Tensors[] = [
    { sigma: floats(0.25) },
    { sigma: floats(0.25), "pre.mean": floats(0.5) },
  ];
  for (const others of cases) {
    const { message } = assertThrows(() => read({ ...saved(), ...others }), RangeError);
    assertStringIncludes(message, "of one element may be the normalisation's ");
  }
});

Deno.test("readExternal() knows tensors that save_model found to be others, by its metadata", () => {
  const tensors = under("attacker.model."), metadata: Record<string, string> = { format: "pt" };
  for (const name of Object.keys(saved())) metadata[`model.${name}`] = `attacker.model.${name}`;
  assertEquals(read(tensors, undefined, metadata).notes, [
    "read model.*",
    "left out attacker.* (equal copies)",
  ]);
});

Deno.test("readExternal() asks which of several networks is meant, and takes the prefix", () => {
  const other = saved(undefined, network, 1);
  const two = { ...under("model."), ...under("ema_model.", other) };
  const error = assertThrows(() => read(two), PrefixError);
  assertEquals(
    error.message,
    'Cannot tell which network of "m.pth" is meant: tensor "model.conv1.weight" is not the same ' +
      'in "ema_model.*"; add --prefix ema_model. or --prefix model.',
  );
  const decoded = (tensors: Tensors, prefix: string) =>
    decodeExternalWeights(network, encodeSafetensors(tensors), "m", prefix);
  for (const prefix of ["ema_model.", "ema_model", "ema_model.*"]) {
    assertEquals(decoded(two, prefix), {
      weights: initialize(network, 1),
      notes: ["read ema_model.*", "left out model.* (another network)"],
    });
  }
  assertEquals(decoded(two, "model").weights, weights);

  const nested = { ...saved(), ...under("ema.", other) };
  assertStringIncludes(
    assertThrows(() => read(nested), PrefixError).message,
    "add --prefix . or --prefix ema.",
  );
  assertEquals(decoded(nested, ".").weights, weights);
  assertEquals(decoded(nested, "ema").weights, initialize(network, 1));
  assertEquals(
    assertThrows(() => read(nested, "net"), PrefixError).message,
    'Cannot use "--prefix net": no network of "m.pth" has names that begin so; expected --prefix . ' +
      "or --prefix ema.",
  );
  // one tensor, one normalisation, or a batch norm more makes another network
  const changes: Tensors[] = [
    { "copy.layer2.0.conv1.weight": other["layer2.0.conv1.weight"] },
    { ...normalisation("net.mean", "net.std"), "copy.mean": floats(0.5, 0.5, 0.5) },
    under("copy.", saved(undefined, testNetwork({ activation: "gelu", width: 1, final_bn: true }))),
  ];
  for (const change of changes) {
    assertThrows(() => read({ ...under("net."), ...under("copy."), ...change }), PrefixError);
  }
});

Deno.test("readExternal() gives activations the slope that they share", () => {
  for (const final_bn of [false, true]) {
    const prelu = testNetwork({ activation: "prelu", width: 1, final_bn });
    const isSlope = (name: string) => /act\d?\.weight$/.test(name);
    const slope = (value: number): SafeTensor => ({
      dtype: "F32",
      shape: [1],
      data: Float32Array.of(value),
    });
    const bare = Object.fromEntries(
      Object.entries(saved(undefined, prelu)).filter(([name]) => !isSlope(name)),
    );
    const slopes = (tensors: Tensors) =>
      Object.entries(decodeExternalWeights(prelu, encodeSafetensors(tensors), "m").weights)
        .filter(([name]) => isSlope(name)).map(([, { data }]) => data[0]);
    for (const name of ["act", "prelu", "relu"]) {
      const one = { ...bare, [`${name}.weight`]: slope(0.5) };
      assertEquals(slopes(one), Array(final_bn ? 17 : 16).fill(0.5));
      assertEquals(read(one).inferred.learned, ["weight"]);
      assertEquals(read(one).notes.at(-1), `took ${name}.weight for all activations`);
    }
    const blocks: Tensors = final_bn ? { ...bare, "act.weight": slope(9) } : { ...bare };
    for (let i = 0; i < 8; i++) {
      blocks[`layer${1 + (i >> 1)}.${i % 2}.act.weight`] = slope(i);
    }
    assertEquals(slopes(blocks).filter((value) => value !== 9), [
      ...[0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7],
    ]);
    // a slope of the network beside those of layers has to be theirs
    const beside: Tensors = { ...saved(undefined, prelu), "layer1.0.act.weight": slope(0.75) };
    assertStringIncludes(
      assertThrows(() => read(beside), RangeError).message,
      'tensor "layer1.0.act.weight" [1] is not part of this network',
    );
    const equal = { ...beside, "layer1.0.act.weight": beside["layer1.0.act1.weight"] };
    assertEquals(read(equal).inferred, { parameters: { width: 1, final_bn }, learned: ["weight"] });
  }
});

Deno.test(
  "readExternal() reads all that activations learn, of layers and of one module for all",
  () => {
    const network = testNetwork({ activation: "pssilu", width: 1, final_bn: true });
    const own = saved(undefined, network), isLearned = (name: string) => /act\d?\.\w+$/.test(name);
    assertEquals(read(own).inferred.learned, ["alpha", "beta"]);
    const bare = Object.fromEntries(Object.entries(own).filter(([name]) => !isLearned(name)));
    const one = (value: number): SafeTensor => ({ ...floats(value), shape: [1] });
    const shared = { ...bare, "activation.alpha": one(2), "activation.beta": one(0.5) };
    assertEquals(read(shared).inferred.learned, ["alpha", "beta"]);
    const { weights } = decodeExternalWeights(network, encodeSafetensors(shared), "m");
    const learned = Object.entries(weights).filter(([name]) => isLearned(name));
    assertEquals(learned.length, 34);
    for (const [name, { data }] of learned) {
      assertEquals([...data], [name.endsWith("alpha") ? 2 : 0.5], name);
    }
  },
);

Deno.test("readExternal() says what is wrong by the file's names, and what was found instead", async (t) => {
  type Change = (tensors: Tensors) => unknown;
  const zeros = (...shape: number[]): SafeTensor => ({
    dtype: "F32",
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  });
  const cases: [criterion: string, change: Change, text: string][] = [
    [
      "missing",
      (t) => delete t["module.linear.bias"],
      'tensor "module.linear.bias" [10] is missing; no other tensor is left that could be it',
    ],
    [
      "missing, another of its shape",
      (t) => {
        t["module.layer3.0.convB.weight"] = t["module.layer3.0.conv2.weight"];
        t["module.layer3.0.conv.bias"] = zeros(4);
        delete t["module.layer3.0.conv2.weight"];
      },
      'tensor "module.layer3.0.conv2.weight" [4, 4, 3, 3] is missing; nearest is ' +
      '"module.layer3.0.convB.weight" [4, 4, 3, 3]',
    ],
    [
      "several missing",
      (t) => {
        delete t["module.layer3.0.bn1.weight"];
        delete t["module.layer3.0.bn1.bias"];
      },
      'tensor "module.layer3.0.bn1.weight" [2] and 1 more are missing',
    ],
    [
      "extra",
      (t) => t["module.temperature"] = floats(1, 2),
      'tensor "module.temperature" [1, 2, 1, 1] is not part of this network',
    ],
    [
      "a name that objects have",
      (t) => Object.defineProperty(t, "__proto__", { value: zeros(1), enumerable: true }),
      'tensor "__proto__" [1] is not part of this network',
    ],
    [
      "a layer behind the network",
      (t) => t["after.linear.weight"] = zeros(10, 10),
      'tensor "after.linear.weight" [10, 10] is not part of this network',
    ],
    [
      "a batch norm of pixels",
      (t) => Object.assign(t, { "first.running_mean": zeros(3) }),
      'tensor "first.running_mean" [3] is not part of this network',
    ],
    [
      "shape",
      (t) => t["module.layer1.0.bn1.bias"] = zeros(2),
      'tensor "module.layer1.0.bn1.bias" has shape [2], expected [1] at width 1',
    ],
    [
      "no elements",
      (t) => t["module.linear.bias"] = zeros(0),
      'tensor "module.linear.bias" has shape [0], expected [10]',
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
      (t) => t["module.fc.bias"] = zeros(10),
      'tensors "module.fc.bias" and "module.linear.bias" are both "linear.bias" and differ',
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
    await t.step(criterion, () => {
      const tensors = under("module.");
      for (const [name, tensor] of Object.entries(tensors)) {
        tensors[name] = { ...tensor, data: tensor.data.slice() } as SafeTensor;
      }
      change(tensors);
      const bytes = encodeSafetensors(tensors);
      const { message } = assertThrows(
        () => decodeExternalWeights(network, bytes, "m.pth"),
        RangeError,
      );
      assert(message.startsWith('Cannot load the weights "m.pth": '), message);
      assertStringIncludes(message, text);
    });
  }
  await t.step("what comes behind the network in nn.Sequential", () => {
    const tensors = { ...under("0."), ...normalisation("1.mean", "1.std") };
    const { message } = assertThrows(() => read(tensors), RangeError);
    assertStringIncludes(message, 'tensor "1.mean" [1, 3, 1, 1] is not part of this network');
  });
});

Deno.test("readExternal() leaves out tensors of types that cannot be decoded", () => {
  const half: SafeTensor = { dtype: "U16", shape: [1], data: Uint16Array.of(1) };
  const bytes = encodeSafetensors({ ...saved(), "optimizer.scale": half });
  const at = new TextDecoder("latin1").decode(bytes).indexOf('"U16"');
  assert(at > 0);
  const changed = bytes.with(at + 1, "F".charCodeAt(0));
  assertEquals(decodeExternalWeights(network, changed, "m").weights, weights);
});

Deno.test("readExternal() reads width, final batch norm and PReLU off names and shapes", () => {
  const cases = [
    { width: 1, final_bn: false, activation: "relu" },
    { width: 3, final_bn: true, activation: "gelu" },
    { width: 2, final_bn: true, activation: "prelu" },
  ];
  for (const { activation, ...parameters } of cases) {
    const { inferred } = read(saved(undefined, testNetwork({ activation, ...parameters })));
    assertEquals(inferred, { parameters, learned: activation === "prelu" ? ["weight"] : [] });
  }
});
