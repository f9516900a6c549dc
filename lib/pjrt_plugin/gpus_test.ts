import { assertEquals, assertRejects } from "@std/assert";
import { findGpus, visibleGpus } from "./gpus.ts";

const answer = `GPU-aa11, NVIDIA H100 80GB HBM3, 580.65.06, 81559
GPU-bb22, NVIDIA L4, 580.65.06, 23034
`;
const h100 = { name: "NVIDIA H100 80GB HBM3", driver: "580.65.06", memory: 81559 };
const l4 = { name: "NVIDIA L4", driver: "580.65.06", memory: 23034 };

Deno.test("visibleGpus() reads nvidia-smi and obeys CUDA_VISIBLE_DEVICES", () => {
  assertEquals(visibleGpus(answer), [h100, l4]);
  assertEquals(visibleGpus(answer, "1"), [l4]);
  assertEquals(visibleGpus(answer, "1,0"), [l4, h100]);
  assertEquals(visibleGpus(answer, "GPU-bb"), [l4]);
  assertEquals(visibleGpus(answer, "7"), []);
  assertEquals(visibleGpus(""), []);
});

Deno.test("findGpus() asks the program, and finds none where devices are hidden", async () => {
  const folder = await Deno.makeTempDir(), program = `${folder}/smi`;
  try {
    await Deno.writeTextFile(program, `#!/bin/sh\ncat << END\n${answer}END\n`, { mode: 0o755 });
    assertEquals(await findGpus({ program, environment: {} }), [h100, l4]);
    for (const CUDA_VISIBLE_DEVICES of ["", "-1"]) {
      assertEquals(await findGpus({ program, environment: { CUDA_VISIBLE_DEVICES } }), []);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("findGpus() does not throw where there is neither program nor driver", async () => {
  const gpus = await findGpus({ program: "/no/such/program", environment: {} });
  assertEquals(Array.isArray(gpus), true);
  for (const { memory } of gpus) assertEquals(Number.isInteger(memory) && memory > 0, true);
});

Deno.test("findGpus() passes on what is neither a missing program nor a missing driver", async () => {
  const folder = await Deno.makeTempDir(), program = `${folder}/smi`;
  const { dlopen } = Deno;
  try {
    await Deno.symlink(program, program); // leads to itself
    await assertRejects(
      () => findGpus({ program, environment: {} }),
      Error,
      `Cannot ask "${program}" for GPUs: `,
    );
    const broken = () => {
      throw new TypeError("of the driver");
    };
    Object.assign(Deno, { dlopen: () => ({ symbols: { cuInit: broken }, close: () => {} }) });
    await assertRejects(
      () => findGpus({ program: "/no/such/program", environment: {} }),
      TypeError,
      "of the driver",
    );
  } finally {
    Object.assign(Deno, { dlopen });
    await Deno.remove(folder, { recursive: true });
  }
});
