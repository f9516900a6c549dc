import { assertEquals, assertRejects } from "@std/assert";
import type { FoundGpus } from "../../lib/pjrt_plugin/gpus.ts";
import { type CudaLookup, type CudaWish, prepareCuda } from "./prepare_cuda.ts";

const gpu = { name: "NVIDIA H100", driver: "580.65", memory: 81559 };
const plugin = {
  plugin: "/site/jax_plugins/xla_cuda13/xla_cuda_plugin.so",
  cuda: 13,
  toolkit: "/site/nvidia/cu13",
  version: "jax-cuda13-pjrt 0.11.2",
  cudnn: true,
};

/** What is chosen on a machine, the notes, and whether it looked for a plugin. */
async function choose(
  wish: CudaWish,
  here: { gpu?: boolean; plugin?: boolean; gpus?: FoundGpus["gpus"]; trouble?: string },
) {
  const notes: string[] = [];
  let looked = false;
  const lookup: CudaLookup = {
    gpus: () => {
      const { gpus = here.gpu ? [gpu] : [], trouble } = here;
      return Promise.resolve({ gpus, trouble });
    },
    plugin: () => {
      looked = true;
      return Promise.resolve(here.plugin ? plugin : undefined);
    },
    environment: { XLA_FLAGS: "--own" },
  };
  const choice = await prepareCuda(wish, (e) => e.kind === "note" && notes.push(e.text), lookup);
  return { choice, notes, looked };
}

Deno.test("prepareCuda() takes a GPU by itself where GPU and plugin are", async () => {
  const { choice, notes } = await choose({ engine: "pjrt" }, { gpu: true, plugin: true });
  assertEquals(choice, {
    kind: "pjrt",
    plugin: plugin.plugin,
    versions: { plugin: "jax-cuda13-pjrt 0.11.2", driver: "580.65", memory: "81559 MiB" },
    environment: {
      TF_CPP_MIN_LOG_LEVEL: "2",
      XLA_FLAGS: "--own --xla_gpu_cuda_data_dir=/site/nvidia/cu13",
    },
  });
  assertEquals(notes, [
    `Computing on NVIDIA H100, 81559 MiB, driver 580.65, with ${plugin.plugin}`,
  ]);
});

Deno.test("prepareCuda() leaves the CPU alone without a GPU, and asks no Python", async () => {
  const nothing = { choice: undefined, notes: [], looked: false };
  assertEquals(await choose({ engine: "pjrt" }, { plugin: true }), nothing);
  assertEquals(await choose({ engine: "pjrt:cpu" }, { gpu: true, plugin: true }), nothing);
  const given = { engine: "pjrt", given: "/cpu_plugin.so" };
  assertEquals(await choose(given, { gpu: true, plugin: true }), nothing);
});

Deno.test("prepareCuda() says what is missing", async () => {
  const { choice, notes } = await choose({ engine: "pjrt" }, { gpu: true });
  assertEquals(choice, undefined);
  assertEquals(notes, [
    "Computing on the CPU: there is a GPU (NVIDIA H100), but no CUDA plugin; for the GPU run " +
    'python3 -m pip install "jax[cuda13]"',
  ]);
  await assertRejects(
    () => choose({ engine: "pjrt:cuda" }, { gpu: true }),
    Error,
    'Cannot use the engine "pjrt:cuda": no jax_plugins/xla_cuda13 (or 12)',
  );
});

Deno.test("prepareCuda() refuses a plugin for another device than the engine's", async () => {
  const cases = [["pjrt:cuda", "/cpu_plugin.so"], ["pjrt:cpu", "/xla_cuda_plugin.so"]];
  for (const [engine, given] of cases) {
    await assertRejects(
      () => choose({ engine, given }, { gpu: true }),
      Error,
      `Cannot use the engine "${engine}" with the plugin "${given}"`,
    );
  }
});

Deno.test("prepareCuda() hands on options, and tries where no GPU was seen but one is named", async () => {
  const wish = { engine: "pjrt:cuda", gpuMemory: 0.5, deterministic: true };
  const { choice, notes } = await choose(wish, { plugin: true });
  assertEquals([choice?.memory, choice?.deterministic], [0.5, true]);
  assertEquals(choice?.versions, { plugin: "jax-cuda13-pjrt 0.11.2" });
  assertEquals(notes, [`No NVIDIA GPU answers here; trying ${plugin.plugin} all the same`]);
  const given = await choose({ engine: "pjrt", given: "/opt/gpu_plugin.so" }, { gpu: true });
  assertEquals([given.choice?.plugin, given.looked], ["/opt/gpu_plugin.so", false]);
});

Deno.test("prepareCuda() says why no GPU answers, and why a failure is likely", async () => {
  const trouble = "nvidia-smi: Failed to initialize NVML: Driver/library version mismatch";
  const without = await choose({ engine: "pjrt" }, { plugin: true, trouble });
  assertEquals([without.choice, without.notes], [
    undefined,
    [`Computing on the CPU: no GPU answers (${trouble})`],
  ]);
  const insists = await choose({ engine: "pjrt:cuda" }, { plugin: true, trouble });
  assertEquals(insists.notes, [
    `No NVIDIA GPU answers here (${trouble}); trying ${plugin.plugin} all the same`,
  ]);
  const gpus = [{ ...gpu, driver: "535.104" }];
  const old = await choose({ engine: "pjrt" }, { plugin: true, gpus });
  assertEquals(old.choice?.plugin, plugin.plugin);
  assertEquals(
    old.notes[1].startsWith("A failure is likely: the driver 535.104 is too old for CUDA 13"),
    true,
    old.notes[1],
  );
});

Deno.test("prepareCuda() hides all GPUs but the first from cells, and says so", async () => {
  const gpus = ["GPU-aa", "GPU-bb"].map((id) => ({ ...gpu, memory: undefined, id }));
  const { choice, notes } = await choose({ engine: "pjrt" }, { plugin: true, gpus });
  assertEquals(choice?.environment?.CUDA_VISIBLE_DEVICES, "GPU-aa");
  assertEquals(choice?.versions, { plugin: "jax-cuda13-pjrt 0.11.2", driver: "580.65" });
  assertEquals(notes, [
    `Computing on NVIDIA H100, driver 580.65, with ${plugin.plugin}; the first of 2 GPUs is used, ` +
    "CUDA_VISIBLE_DEVICES picks another",
  ]);
  const one = await choose({ engine: "pjrt" }, { plugin: true, gpus: gpus.slice(0, 1) });
  assertEquals(one.choice?.environment?.CUDA_VISIBLE_DEVICES, undefined);
});
