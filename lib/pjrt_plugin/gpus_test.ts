import { assert, assertEquals, assertRejects } from "@std/assert";
import { findGpus, gpuText, lookForGpus, readGpus, visibleGpus } from "./gpus.ts";
import { permitted } from "../../tests/permitted.ts";

const answer = `GPU-aa11, NVIDIA H100 80GB HBM3, 580.65.06, 81559
GPU-bb22, NVIDIA L4, 580.65.06, 23034
`;
const h100 = { name: "NVIDIA H100 80GB HBM3", driver: "580.65.06", memory: 81559, id: "GPU-aa11" };
const l4 = { name: "NVIDIA L4", driver: "580.65.06", memory: 23034, id: "GPU-bb22" };

/** Asks a program that does what a shell script says. */
async function ask(script: string, visible?: string, patience?: number) {
  const folder = await Deno.makeTempDir(), program = `${folder}/smi`;
  try {
    await Deno.writeTextFile(program, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const environment = { CUDA_VISIBLE_DEVICES: visible };
    const { gpus, trouble } = await lookForGpus({ program, environment, patience });
    return { gpus, trouble: trouble?.replace(program, "smi") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const says = (text: string) => `cat << END\n${text}END`;

Deno.test("readGpus() leaves out what nvidia-smi says instead of a GPU or of a number", () => {
  assertEquals(readGpus(answer), [h100, l4]);
  assertEquals(readGpus(""), []);
  assertEquals(readGpus("No devices were found\n"), []);
  const unknown = "Unable to determine the device handle for GPU0: 0000:01:00.0: Unknown Error\n";
  assertEquals(readGpus(unknown + answer), [h100, l4]);
  const shared = readGpus("GPU-cc33, NVIDIA GB10, 580.95, [N/A]");
  assertEquals(shared, [{ name: "NVIDIA GB10", driver: "580.95", id: "GPU-cc33" }]);
  assertEquals([h100, ...shared].map(gpuText), [
    "NVIDIA H100 80GB HBM3, 81559 MiB",
    "NVIDIA GB10",
  ]);
});

Deno.test("visibleGpus() obeys CUDA_VISIBLE_DEVICES as CUDA does", () => {
  const all = [h100, l4], seen = (visible: string) => visibleGpus(all, visible);
  assertEquals(seen("1"), [{ ...l4, id: "1" }]);
  assertEquals(seen("1,0"), [{ ...l4, id: "1" }, { ...h100, id: "0" }]);
  assertEquals(seen("GPU-bb"), [{ ...l4, id: "GPU-bb" }]);
  assertEquals(seen("1, 7, 0"), [{ ...l4, id: "1" }]);
  for (const visible of ["7", "NoDevFiles", ",0"]) assertEquals(seen(visible), [], visible);
});

permitted("lookForGpus() asks the program, and finds none where devices are hidden", async () => {
  assertEquals(await ask(says(answer)), { gpus: [h100, l4], trouble: undefined });
  for (const hidden of ["", "-1"]) {
    assertEquals(await ask(says(answer), hidden), { gpus: [], trouble: undefined });
  }
  assertEquals(await ask(says(answer), "3"), {
    gpus: [],
    trouble: 'CUDA_VISIBLE_DEVICES is "3", which names none of NVIDIA H100 80GB HBM3 (GPU-aa11), ' +
      "NVIDIA L4 (GPU-bb22)",
  });
});

permitted("lookForGpus() finds the part of a GPU that CUDA_VISIBLE_DEVICES names", async () => {
  const listed = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-aa11)
  MIG 1g.10gb     Device  0: (UUID: MIG-5d6e)
  MIG 2g.20gb     Device  1: (UUID: MIG-7f80)
GPU 1: NVIDIA L4 (UUID: GPU-bb22)
`;
  const script = `if [ "$1" = -L ]; then\n${says(listed)}\nelse\n${says(answer)}\nfi`;
  assertEquals(await ask(script, "MIG-7f80"), {
    gpus: [{ name: `${h100.name} MIG 2g.20gb`, driver: h100.driver, id: "MIG-7f80" }],
    trouble: undefined,
  });
  assertEquals((await ask(script, "1")).gpus, [{ ...l4, id: "1" }], "parts are not counted");
});

permitted("lookForGpus() says what kept the program from answering", async () => {
  const mismatch = "Failed to initialize NVML: Driver/library version mismatch";
  const cases: [script: string, trouble: string][] = [
    [`echo "${mismatch}"; echo "NVML library version: 580.65"; exit 18`, `smi: ${mismatch}`],
    ["echo 'No devices were found'", "smi: No devices were found"],
    ["echo 'NVIDIA-SMI has failed' >&2; exit 9", "smi: NVIDIA-SMI has failed"],
    ["exit 1", "smi: no answer"],
  ];
  for (const [script, trouble] of cases) {
    const found = await ask(script);
    // where a driver answers, it is asked instead
    if (found.gpus.length === 0) assertEquals(found.trouble, trouble);
  }
});

permitted("lookForGpus() does not wait for a program that hangs", async () => {
  const begin = performance.now();
  assertEquals(await ask("exec sleep 30", undefined, 200), {
    gpus: [],
    trouble: "smi did not answer in 0.2 s: the driver may hang",
  });
  assert(performance.now() - begin < 5000);
});

permitted("findGpus() does not throw where there is neither program nor driver", async () => {
  const gpus = await findGpus({ program: "/no/such/program", environment: {} });
  assertEquals(Array.isArray(gpus), true);
  for (const { memory } of gpus) assertEquals(Number.isInteger(memory) && memory! > 0, true);
});
permitted(
  "findGpus() passes on what is neither a missing program nor a missing driver",
  async () => {
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
  },
);
