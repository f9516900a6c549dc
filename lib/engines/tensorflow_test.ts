import { assert, assertEquals, assertRejects } from "@std/assert";
import { engines } from "../../tests/engines.ts";
import { testNetwork } from "../../tests/networks.ts";
import { initialize } from "../models/initialize.ts";
import { tf } from "../tensorflow/mod.ts";
import { OBJECTIVES } from "../../benches/objectives.ts";
import { stepProgram } from "../training/step.ts";
import { openEngine, type Values } from "./mod.ts";
import { permitted } from "../../tests/permitted.ts";

const { label, ignore, open } = (await engines()).find(({ kind }) => kind === "tensorflow")!;

const mended = tf.getGradient("Abs"), refused = tf.getGradient("FloorDiv");

/** How many pieces of memory TensorFlow holds for TensorFlow.js. */
const held = () => {
  const { numTensors, numDataBuffers, numBytes } = tf.memory();
  return { numTensors, numDataBuffers, numBytes, onBackend: tf.engine().backend.numDataIds() };
};

Deno.test({
  name: `run() of a training step with double backprop leaves nothing behind [${label}]`,
  ignore,
  fn: async () => {
    using engine = await open();
    const outside = held();
    const network = testNetwork({ activation: "gelu", width: 1, mean: [0, 0, 0], std: [1, 1, 1] });
    const program = stepProgram({
      network,
      objective: OBJECTIVES.igr,
      optimizer: { momentum: 0.9, nesterov: true, weight_decay: 5e-4 },
      batchSize: 2,
      batchNorm: { mode: "train", momentum: 0.1 },
    });
    const weights = initialize(network, 0);
    const batch = ["images", "labels", "learning_rate"];
    const given: Values = {};
    for (const [name, spec] of Object.entries(program.inputs)) {
      const size = spec.shape.reduce((product, n) => product * n, 1);
      const data = weights[name.slice(name.indexOf("/") + 1)]?.data;
      given[name] = engine.put(
        spec.dtype === "int32"
          ? new Int32Array(size)
          : name.startsWith("momentum/") || !data
          ? new Float32Array(size).fill(name === "images" ? 0.5 : 0)
          : data,
        spec,
      );
    }
    using executable = await engine.compile(program);
    const fixed = Object.fromEntries(batch.map((name) => [name, given[name]]));
    let state = await executable.run(given);
    const first = held(), live = engine.live();
    assert(first.numTensors > outside.numTensors, "the state is held");
    for (let i = 0; i < 10; i++) {
      state = await executable.run({ ...state, ...fixed });
      await engine.read(state.totals);
    }
    assertEquals(held(), first);
    assertEquals(engine.live(), live);
    for (const value of Object.values({ ...state, ...fixed })) value[Symbol.dispose]();
    assertEquals(held(), outside);
    assertEquals(engine.live(), 0);
  },
});

Deno.test({
  name: `description says which TensorFlow computes, and on what [${label}]`,
  ignore,
  fn: async () => {
    using engine = await open();
    const { engine: name, platform, versions } = engine.description;
    assertEquals(name, "tensorflow");
    assert(["cpu", "cuda"].includes(platform), platform);
    assertEquals(versions.tensorflow, "2.21.0");
  },
});

permitted(
  "openEngine() says how to build a binding that is missing or cannot be loaded",
  async () => {
    await assertRejects(
      () => openEngine({ kind: "tensorflow" }),
      Error,
      'its binding was not built; run "deno task engine:tensorflow"',
    );
    const plugin = await Deno.makeTempFile({ suffix: ".node" });
    try {
      await Deno.writeTextFile(plugin, "not a library");
      const error = await assertRejects(() => openEngine({ kind: "tensorflow", plugin }), Error);
      assert(
        error.message.startsWith(`Cannot load the TensorFlow binding "${plugin}": `),
        error.message,
      );
    } finally {
      await Deno.remove(plugin);
    }
  },
);

Deno.test({
  name: `openEngine() leaves the mended and the refused gradients in place [${label}]`,
  ignore,
  fn: async () => {
    using _engine = await open();
    assert(tf.getGradient("Abs") === mended);
    assert(tf.getGradient("FloorDiv") === refused);
  },
});
