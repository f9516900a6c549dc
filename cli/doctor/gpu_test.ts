import { assertEquals } from "@std/assert";
import { gpuFinding, type GpuLookup } from "./gpu.ts";

const gpu = { name: "NVIDIA H100", driver: "580.65", memory: 81559 };
const plugin = {
  plugin: "/p.so",
  toolkit: "/cu13",
  cudnn: true,
  version: "jax-cuda13-pjrt 0.11.2",
};
const here: GpuLookup = {
  gpus: () => Promise.resolve({ gpus: [gpu] }),
  plugin: () => Promise.resolve(plugin),
  open: () => Promise.resolve({ pjrt: "0.115", platform: "cuda 13.0" }),
};
const install = 'python3 -m pip install "jax[cuda13]"';

Deno.test("gpuFinding() names GPU, memory, driver and plugin", async () => {
  assertEquals(await gpuFinding(here), {
    name: "engine pjrt:cuda",
    state: "ok",
    text:
      "NVIDIA H100, 81559 MiB, driver 580.65; jax-cuda13-pjrt 0.11.2 (/p.so), PJRT API 0.115, " +
      "cuda 13.0",
  });
});

Deno.test("gpuFinding() says what is missing and what mends it", async () => {
  const cases: [change: Partial<GpuLookup>, state: string, text: string, mend?: string][] = [
    [{ gpus: () => Promise.resolve({ gpus: [] }) }, "absent", "no NVIDIA GPU answers"],
    [
      {
        gpus: () => Promise.resolve({ gpus: [], trouble: "nvidia-smi did not answer in 20 s" }),
      },
      "optional",
      "to compile ahead of time; nvidia-smi did not answer in 20 s",
      'run "nvidia-smi" and see to the driver, or pass --engine pjrt:cpu',
    ],
    [
      { gpus: () => Promise.resolve({ gpus: [gpu, gpu] }) },
      "ok",
      "driver 580.65; the first is used",
    ],
    [{ plugin: () => Promise.resolve(undefined) }, "optional", "no CUDA plugin", install],
    [
      { plugin: () => Promise.resolve({ ...plugin, cudnn: false }) },
      "ok",
      "; no nvidia/cudnn beside it, the system's are used",
    ],
    [
      {
        open: () => Promise.reject(new Error("PJRT: odd")),
      },
      "optional",
      "does not open it: PJRT: odd",
      `${install}, or pass --engine pjrt:cpu`,
    ],
    [
      { open: () => Promise.reject(new Error("PJRT: CUDA_ERROR_DEVICES_UNAVAILABLE")) },
      "optional",
      "does not open it: PJRT: CUDA_ERROR_DEVICES_UNAVAILABLE",
      "another process has the GPU for itself: end it, or pass --jobs 1, or pass --engine pjrt:cpu",
    ],
  ];
  for (const [change, state, text, mend] of cases) {
    const found = await gpuFinding({ ...here, ...change });
    assertEquals([found.state, found.text.includes(text), found.mend], [state, true, mend]);
  }
});
