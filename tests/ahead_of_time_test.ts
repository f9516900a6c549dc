/**
 * What XLA makes of our programs on an H100, without one: compiled ahead of time by its CUDA plugin.
 * `benches/gpu/ahead_of_time.ts` does the same for all methods and precisions, which takes minutes.
 *
 * @module
 */
import { sha256Of } from "../lib/pjrt_plugin/publish.ts";
import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  aheadOfTimeOptions,
  compiledFor,
  compileInto,
  programsToCompile,
} from "./ahead_of_time.ts";
import { findCompilingPlugin } from "./cuda_wheels.ts";
import { openEngine, type Program } from "../lib/engines/mod.ts";
import { graphFor } from "../lib/engines/pjrt.ts";
import { openAheadOfTime } from "../lib/pjrt/ahead_of_time.ts";
import { compileOptions, deterministicGpuOptions } from "../lib/pjrt/compile_options.ts";
import { readExecutable } from "../lib/pjrt/executable_store.ts";
import { toStableHlo } from "../lib/stablehlo/print.ts";
import { tf } from "../lib/tensorflow/mod.ts";
import { findGpus } from "../lib/pjrt_plugin/gpus.ts";
import { PERMITTED, permitted } from "./permitted.ts";

const found = await findCompilingPlugin(), missing = typeof found === "string";
const label = missing ? ` (${found})` : "";

/** The step with most convolutions, and what attacks run. */
const compiled = programsToCompile("f32").filter(({ name }) => !/^(natural|fgsm)/.test(name));

for (const program of compiled) {
  permitted({
    name:
      `${program.name}: on an H100, cuDNN takes every convolution and inputs are donated${label}`,
    ignore: missing,
    fn: async () => {
      using compiler = openAheadOfTime(aheadOfTimeOptions(found));
      const { convolutions, cudnn, left, aliases, calls } = await compiledFor(compiler, program);
      assert(convolutions >= 20, `expected a convolution for each of 20, found ${convolutions}`);
      assertEquals(cudnn, convolutions, JSON.stringify(calls));
      assertEquals(left, 0, "convolutions that no library took");
      assertEquals(aliases, Object.keys(program.donate ?? {}).length);
    },
  });
}

permitted({
  name: `openAheadOfTime() takes the options of deterministic runs, and no unknown ones${label}`,
  ignore: missing,
  fn: async () => {
    const text = `func.func public @main(%a: tensor<2xf32>) -> tensor<2xf32> {
      %b = stablehlo.add %a, %a : tensor<2xf32>
      return %b : tensor<2xf32> }`;
    const options = aheadOfTimeOptions(found);
    using compiler = openAheadOfTime({ ...options, options: deterministicGpuOptions });
    assert((await compiler.optimize(text)).startsWith("HloModule"));
    using wrong = openAheadOfTime({ ...options, options: { xla_no_such_option: true } });
    let message = "";
    await wrong.compile(text).catch((error) => message = error.message);
    assert(message.includes("xla_no_such_option"), message);
  },
});

for (const [target, device] of [["h100", "NVIDIA H100 80GB HBM3"], ["h200", "NVIDIA H200"]]) {
  permitted({
    name: `compileInto() keeps a program where the engine looks for it on an ${target}${label}`,
    ignore: missing,
    fn: async () => {
      const options = aheadOfTimeOptions(found, target), folder = await Deno.makeTempDir();
      using compiler = openAheadOfTime(options);
      assertEquals([compiler.platform, compiler.device], ["cuda", device]);
      const spec = { shape: [1024], dtype: "float32" } as const;
      const program: Program = {
        name: "double",
        inputs: { x: spec },
        build: ({ x }) => ({ y: tf.add(x, x) }),
      };
      const plugin = await sha256Of(options.plugin);
      const written = await compileInto(folder, compiler, program, { plugin });
      assertEquals(written.memory, { inputs: 4096, outputs: 4096, shared: 0, temporary: 0 });
      const text = toStableHlo(graphFor(program, "cuda"));
      const key = { text, options: compileOptions(), platform: "cuda", device, plugin };
      assertEquals(await readExecutable(folder, key), { ...written, aheadOfTime: true });
      assert(written.bytes.length > 1000, `${written.bytes.length} bytes`);
      await Deno.remove(folder, { recursive: true });
    },
  });
}

const gpus = PERMITTED ? await findGpus() : [];
permitted({
  name: "openEngine() hands the CUDA plugin memory options that it knows, and says what to do " +
    `without a GPU${gpus.length > 0 ? " (skipped: there is one)" : label}`,
  ignore: missing || gpus.length > 0,
  fn: async () => {
    const { plugin } = aheadOfTimeOptions(found);
    for (const memory of [undefined, 0.5]) {
      // names and types of options are checked before devices are counted
      await assertRejects(
        () => openEngine({ kind: "pjrt", plugin, memory }),
        Error,
        `Cannot open the GPU with "${plugin}": PJRT: No visible GPU devices; the plugin sees no GPU`,
      );
    }
    const flags = Deno.env.get("XLA_FLAGS") ?? "";
    assertEquals(flags.split("--xla_gpu_cuda_data_dir=").length, 2, "set once, before loading");
  },
});

permitted({
  name:
    "openAheadOfTime() takes the algorithms that an H100 chose, where cuDNN's version is the same" +
    label,
  ignore: missing,
  fn: async () => {
    const tuned = fileURLToPath(
      new URL("../docs/results/h100/autotuning.textproto", import.meta.url),
    );
    const [logits] = programsToCompile("bf16").filter(({ name }) => name.startsWith("logits"));
    const options = { xla_gpu_load_autotune_results_from: tuned };
    for (const [cudnn, untuned] of [["9.19.0", 0], [undefined, 20]] as const) {
      const target = aheadOfTimeOptions(found, "h100", cudnn);
      using compiler = openAheadOfTime({ ...target, options });
      const counted = await compiledFor(compiler, logits);
      assertEquals([counted.convolutions, counted.untuned], [20, untuned], cudnn);
    }
  },
});
