import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { contact } from "./contact.ts";
import { codes, compileLibrary, h100, openStandIn, type Settings, skipped } from "./mod.ts";
import { permitted } from "../permitted.ts";

/** A test on a machine with a GPU that is not there. */
function test(
  name: string,
  settings: Settings,
  check: (met: Awaited<ReturnType<typeof contact>>) => void,
) {
  permitted({
    name: name + skipped,
    ignore: skipped !== "",
    async fn() {
      await using standIn = await openStandIn(settings);
      check(await contact(standIn));
    },
  });
}

const worked = { two: [9, 9], three: [9, 9, 9] };

test(
  "openEngine() computes on a GPU's stand-in and names it",
  {},
  ({ outcome, signal, errors }) => {
    const { open, ...programs } = outcome;
    assertEquals(programs, worked);
    assertEquals(open, {
      engine: "pjrt",
      platform: "cuda",
      versions: {
        pjrt: (open as { versions: { pjrt: string } }).versions.pjrt,
        platform: h100.platform_version,
        device: h100.device_kind,
        plugin: "jax-cuda13-pjrt 0.11.2",
        driver: "580.65.06",
        memory: "81559 MiB",
      },
    });
    assertEquals([signal, errors], [null, ""]);
  },
);

const exhausted = {
  text: "Out of memory while trying to allocate 4.25GiB.",
  code: codes.exhausted,
};
const autotuning =
  "Autotuning failed for HLO: %fusion.1 = f32[2]{0} fusion(%x), kind=kCustom with " +
  "error: NOT_FOUND: No valid config found!";

/** What is set, and what opening says. */
const refusals: readonly (readonly [name: string, settings: Settings, ...texts: string[]])[] = [
  [
    "a plugin of another major version",
    { major: 1 },
    "Cannot use the PJRT plugin",
    "API version is 1.",
  ],
  [
    "a plugin that is too old",
    { minor: 40 },
    "API version is 0.40, expected 0.81",
    "install JAX of",
  ],
  ["a client without devices", { devices: 0 }, "the plugin has no device", 'run "nvidia-smi"'],
  [
    "a GPU that the plugin does not see",
    { create: { text: "No visible GPU devices.", code: codes.notFound } },
    "No visible GPU devices; the plugin sees no GPU",
    "CUDA_VISIBLE_DEVICES",
  ],
  [
    "a driver that is too old",
    { create: { text: "CUDA driver version is insufficient for CUDA runtime version" } },
    "CUDA 13 needs 580 or later",
  ],
  [
    "another cuDNN",
    {
      create: {
        text: "Loaded runtime CuDNN library: 9.1.0 but source was compiled with: 9.8.0.  CuDNN " +
          "library needs to have matching major version and equal or higher minor version.",
      },
    },
    "cuDNN is missing or of another version",
    'python3 -m pip install "jax[cuda13]"',
  ],
  ["no memory", { create: exhausted }, "(out of memory)", "end what else uses the GPU"],
  ["what nobody knows", { create: { text: "Odd." } }, "PJRT: Odd; run", "--engine pjrt:cpu"],
];
for (const [name, settings, ...texts] of refusals) {
  test(`openEngine() says what to do about ${name}`, settings, ({ outcome, signal }) => {
    assertEquals(Object.keys(outcome), ["open"]);
    assertEquals(signal, null);
    for (const text of texts) assertStringIncludes(String(outcome.open), text);
  });
}

test("openEngine() takes a plugin of a later minor version", { minor: 400 }, ({ outcome }) => {
  assertEquals([outcome.two, outcome.three], [worked.two, worked.three]);
});

test("openEngine() computes on the first of several devices", { devices: 4 }, ({ outcome }) => {
  assertEquals([outcome.two, outcome.three], [worked.two, worked.three]);
});

/** What befalls the first of two programs, and what is said of it; the other goes on. */
const failures: readonly (readonly [name: string, settings: Settings, ...texts: string[]])[] = [
  [
    "memory that does not hold what it compiles",
    { compile: { match: "tensor<2xf32>", ...exhausted } },
    '(out of memory) Cannot compile "two": PJRT: Out of memory',
  ],
  [
    "memory that does not hold a run",
    { execute: { match: "tensor<2xf32>", ...exhausted } },
    '(out of memory) Cannot run "two": PJRT: Out of memory',
  ],
  [
    "memory that one of CUDA's libraries lacks",
    {
      execute: {
        match: "tensor<2xf32>",
        text: "Failed to load in-memory CUBIN: CUDA_ERROR_OUT_OF_MEMORY: out of memory",
      },
    },
    '(out of memory) Cannot run "two": PJRT: Failed to load in-memory CUBIN',
  ],
  ["memory that does not hold values", { put: { times: 1, ...exhausted } }, "(out of memory) "],
  [
    "memory that does not hold a run that has begun",
    { execute: { match: "tensor<2xf32>", later: true, ...exhausted } },
    '(out of memory) Cannot run "two": PJRT: Out of memory',
  ],
  [
    "a run that the GPU gives up",
    {
      execute: {
        match: "tensor<2xf32>",
        later: true,
        text: "CUDA error: Failed to synchronize: CUDA_ERROR_ILLEGAL_ADDRESS: an illegal memory " +
          "access was encountered",
      },
    },
    'Cannot run "two": PJRT: CUDA error',
    "run the same command again",
  ],
  [
    "ptxas that is missing",
    {
      compile: {
        match: "tensor<2xf32>",
        text: "No PTX compilation provider is available. Neither ptxas/nvlink nor nvjtlink is " +
          "available.",
        code: codes.precondition,
      },
    },
    'Cannot compile "two": PJRT: No PTX compilation',
    "XLA needs ptxas and libdevice",
  ],
  [
    "cuDNN that does not start",
    { compile: { match: "tensor<2xf32>", text: "DNN library initialization failed." } },
    "unset LD_LIBRARY_PATH",
  ],
];
for (const [name, settings, ...texts] of failures) {
  test(
    `compile(), run() say what to do about ${name}, and others go on`,
    settings,
    ({ outcome }) => {
      for (const text of texts) assertStringIncludes(String(outcome.two), text);
      assertEquals(outcome.three, worked.three);
    },
  );
}

test("compile() does without autotuning where that fails, and says so", {
  compile: { match: "tensor<2xf32>", unless: "xla_gpu_autotune_level", text: autotuning },
}, ({ outcome, notes }) => {
  const { open, ...programs } = outcome;
  assertEquals(programs, worked);
  assertEquals((open as { untuned: string }).untuned, "two");
  assertEquals(notes, [
    `compiled "two" without autotuning, since that failed, so that it may run more slowly: PJRT: ${autotuning}`,
  ]);
});

test("compile() fails where the compiler refuses without autotuning too", {
  compile: { match: "tensor<2xf32>", text: autotuning },
}, ({ outcome, notes }) => {
  assertStringIncludes(String(outcome.two), 'Cannot compile "two": PJRT: Autotuning failed');
  assertEquals([outcome.three, notes], [worked.three, []]);
});

test("compile() keeps the beginning and the end of a text with a whole program in it", {
  compile: { match: "tensor<2xf32>", text: `Begin ${"%x = f32[2] ".repeat(2000)} end` },
}, ({ outcome }) => {
  const text = String(outcome.two);
  assert(text.length < 700, `${text.length} characters`);
  assert(/: Begin .* … .* end$/.test(text), text);
});

test("compile() says every second how long it has taken", {
  compile: { match: "tensor<2xf32>", sleep: 2 },
}, ({ outcome, notes }) => {
  assertEquals(outcome.two, worked.two);
  assertEquals(notes[0], "compiling two, 1 s");
});

test("a check of XLA's that fails ends the process with its text", {
  compile: { first: 2, abort: true, log: "F1127 04:35:28 autotuner.cc:1] Check failed: false" },
}, ({ signal, errors }) => {
  assertEquals(signal, "SIGABRT");
  assertStringIncludes(errors, "Check failed: false");
});

permitted({
  name: "openEngine() loads NVIDIA's libraries before the plugin, so that it finds them" + skipped,
  ignore: skipped !== "",
  async fn() {
    await using standIn = await openStandIn();
    const { folder, site } = standIn, source = join(folder, "library.c");
    const names = ["nvidia/cu13/lib/libnvrtc.so.13", "nvidia/cudnn/lib/libcudnn.so.9"];
    for (const name of names) {
      const code = `#include <stdio.h>
        __attribute__((constructor)) static void loaded(void) { fputs("${name}\\n", stderr); }`;
      await Deno.writeTextFile(source, code);
      await compileLibrary(source, join(site, name));
    }
    const { outcome, errors } = await contact(standIn);
    assertEquals(errors.trim().split("\n"), names);
    assertEquals(outcome.two, worked.two);
  },
});

permitted({
  name: "openEngine() says of a file that is no plugin that it cannot be loaded" + skipped,
  ignore: skipped !== "",
  async fn() {
    await using standIn = await openStandIn();
    const { folder, plugin } = standIn, source = join(folder, "library.c");
    await Deno.writeTextFile(source, "int nothing;");
    await compileLibrary(source, plugin); // a library without the one function of a plugin
    const other = await contact(standIn);
    assertStringIncludes(String(other.outcome.open), `Cannot load the PJRT plugin "${plugin}": `);
    await Deno.writeTextFile(plugin, "<html>Not found</html>");
    const none = await contact(standIn);
    assertStringIncludes(String(none.outcome.open), `Cannot load the PJRT plugin "${plugin}": `);
    assertStringIncludes(String(none.outcome.open), 'run "deno task doctor"');
  },
});
