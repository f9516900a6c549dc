import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { openGpu } from "../../cli/doctor/open_gpu.ts";
import { h100, type StandIn, testStandIn as test } from "./mod.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("openGpu() says what the plugin knows", {}, async ({ plugin }) => {
  const { platform, device } = await openGpu(plugin);
  assertEquals([platform, device], [h100.platform_version, h100.device_kind]);
});

test("openGpu() outlives a plugin that ends its process", {
  create: { abort: true, log: "F1127 parse_flags_from_env.cc:234] Unknown flag in XLA_FLAGS: --x" },
}, async ({ plugin }) => {
  const text = "it ended the process by SIGABRT: F1127 parse_flags_from_env.cc:234] Unknown flag";
  await assertRejects(() => openGpu(plugin), Error, text);
});

test(
  "openGpu() does not wait for a plugin that hangs",
  { create: { sleep: 30 } },
  async (standIn) => {
    const begin = performance.now();
    const opening = () => openGpu(standIn.plugin, { patience: 1500 });
    await assertRejects(opening, Error, "it did not answer in 1.5 s");
    assert(performance.now() - begin < 10_000);
  },
);

test("openGpu() says what the plugin says", { create: { text: "Odd." } }, async ({ plugin }) => {
  await assertRejects(() => openGpu(plugin), Error, "PJRT: Odd.");
});

/** What `deno task doctor` finds of the GPU. */
async function doctor(standIn: StandIn) {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "cli/doctor.ts", "--json", "--store", `${standIn.folder}/store`],
    cwd: root,
    env: standIn.environment,
  }).output();
  const text = new TextDecoder();
  const lines = text.decode(stdout).trim().split("\n").map((line) => JSON.parse(line));
  return {
    finding: lines.find(({ name }) => name === "engine pjrt:cuda"),
    errors: text.decode(stderr),
  };
}

test("doctor names the GPU and what is wrong with it, and goes on", {}, async (standIn) => {
  const works = await doctor(standIn);
  assertEquals(works.finding.state, "ok");
  assertStringIncludes(
    works.finding.text,
    "NVIDIA H100 80GB HBM3, 81559 MiB, driver 580.65.06; jax-",
  );
  await standIn.set({
    create: { text: "CUDA driver version is insufficient for CUDA runtime version" },
  });
  await standIn.smi('echo "GPU-5a1b, NVIDIA H100 80GB HBM3, 535.104.05, 81559"');
  const { finding, errors } = await doctor(standIn);
  assertEquals([finding.state, errors], ["optional", ""]);
  assertStringIncludes(finding.text, "does not open it: PJRT: CUDA driver version is insufficient");
  assertStringIncludes(finding.mend, "the driver 535.104.05 is too old for CUDA 13");
});
