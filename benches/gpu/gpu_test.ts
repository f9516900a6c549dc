import { assert, assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { graphFor } from "../../lib/engines/pjrt.ts";
import { flopsOf } from "../../lib/tracing/flops.ts";
import { trainingPrograms } from "./cell_programs.ts";
import { type Item, nameOf, paperSizes, plan, tinySizes } from "./items.ts";
import { type Entry, expectedSeconds, openLedger, readEntries } from "./ledger.ts";
import { parseBudget } from "./mod.ts";
import { programFor, textOf } from "./ours.ts";
import { peakOf } from "./peaks.ts";
import { toReport } from "./report.ts";
import { type Timed, timeInTurns } from "./timing.ts";
import { permitted } from "../../tests/permitted.ts";

const step = (method: "natural" | "igr" | "fgsm", batch = 8): Extract<Item, { kind: "step" }> => ({
  kind: "step",
  method,
  activation: "gelu",
  batch,
  precision: "bf16",
  peers: ["torch", "torch_compile"],
});

const entry = (item: Item, more: Partial<Entry> = {}): Entry => ({
  name: nameOf(item),
  item,
  seconds: 10,
  device: "NVIDIA H100 80GB HBM3",
  ...more,
});

Deno.test("plan() names every item once and begins with agreement", () => {
  const names = plan(paperSizes, true).map(nameOf);
  assertEquals(new Set(names).size, names.length);
  assertEquals(names[0], "agreement");
  for (const method of ["natural", "igr", "fgsm"]) {
    for (const activation of ["relu", "gelu"]) {
      for (const batch of [128, 256, 512]) {
        for (const precision of ["f32", "tf32", "bf16"]) {
          const name = `step ${method} ${activation} ${batch} ${precision}`;
          assert(names.includes(name) || names.includes(`${name} beside all`), name);
        }
      }
    }
  }
  assert(names.indexOf("model") < names.findIndex((name) => name.startsWith("attack")));
  assertEquals(names.slice(0, 3), [
    "agreement",
    "step fgsm gelu 128 bf16",
    "step fgsm gelu 128 tf32",
  ]);
  assert(!plan(paperSizes, false).map(nameOf).includes("attack reference"));
});

permitted("trainingPrograms() are those of a profile's table, in its precision", () => {
  const found = trainingPrograms("demo", ["table=[fgsm/relu,igr/gelu]", "recipe.precision=bf16"]);
  assertEquals(found.map(({ cell, precision, program }) => [cell, precision, program.name]), [
    ["train:fgsm:relu", "bf16", "fgsm training step"],
    ["train:fgsm:relu", "f32", "probe"],
    ["train:fgsm:relu", "f32", "PGD step"],
    ["train:igr:gelu", "bf16", "igr training step"],
    ["train:igr:gelu", "f32", "probe"],
    ["train:igr:gelu", "f32", "PGD step"],
  ]);
  assertEquals(found[0].program.inputs.images.shape, [128, 32, 32, 3]);
});

Deno.test("flopsOf() of PreActResNet18 is 0.555 GMAC an image forward, twice that backward", () => {
  const sizes = { ...paperSizes, width: 64 };
  const flops = (item: Parameters<typeof programFor>[0], platform: string) =>
    flopsOf(graphFor(programFor(item, sizes), platform));
  const forward = flops(
    { kind: "evaluate", program: "logits", batch: 1, precision: "f32", peers: [] },
    "cuda",
  );
  assertAlmostEquals(forward / 2 / 0.5554e9, 1, 1e-3);
  // a step has no gradient of the images: the first convolution's is missing
  const first = 2 * 32 * 32 * 64 * 27;
  assertAlmostEquals(flops(step("natural", 1), "cuda") / (3 * forward - first), 1, 1e-3);
});

Deno.test("peakOf() knows data-centre GPUs by their names", () => {
  assertEquals(peakOf("NVIDIA H100 80GB HBM3", "f32"), 67e12);
  assertEquals(peakOf("NVIDIA H200", "bf16"), peakOf("NVIDIA H100 80GB HBM3", "bf16"));
  assert(peakOf("NVIDIA H100 PCIe", "bf16")! < peakOf("NVIDIA H200", "bf16")!);
  assertEquals(peakOf("cpu", "f32"), undefined);
});

Deno.test("textOf() feeds every part of the state back", () => {
  const { text, inputs, feeds } = textOf(programFor(step("igr"), tinySizes), "cuda");
  assertStringIncludes(text, "stablehlo.convolution");
  const stays = inputs.length - feeds.length;
  assertEquals(stays, 3); // images, labels, learning rate
  assertEquals(new Set(feeds.map(([, place]) => place)).size, feeds.length);
});

Deno.test("parseBudget() takes seconds, minutes and hours", () => {
  assertEquals(["9m", "540s", "540", "1.5h"].map(parseBudget), [540, 540, 540, 5400]);
  let message = "";
  try {
    parseBudget("soon");
  } catch (error) {
    message = (error as Error).message;
  }
  assertStringIncludes(message, "9m");
});

permitted("openLedger() goes on after a line that was cut off, and tries failures again", () => {
  const folder = Deno.makeTempDirSync(), path = join(folder, "results.jsonl");
  try {
    const [igr, fgsm] = [step("igr"), step("fgsm")];
    const ledger = openLedger(path, folder);
    ledger.add(entry(igr));
    ledger.add(entry(fgsm, { failed: true }));
    Deno.writeTextFileSync(path, Deno.readTextFileSync(path) + '{"name": "step nat');
    const copy = join(folder, "copy");
    Deno.mkdirSync(copy);
    const again = openLedger(path, copy);
    assertEquals(readEntries(join(copy, "results.jsonl")).length, 2);
    assertEquals([igr, fgsm, step("natural")].map((item) => again.has(nameOf(item))), [
      true,
      false,
      false,
    ]);
    again.add(entry(fgsm));
    assertEquals(readEntries(path).map(({ failed }) => failed), [undefined, undefined]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("expectedSeconds() is the slowest of a kind so far", () => {
  const unknown = { agreement: 1, step: 2, load: 9, evaluate: 3, epoch: 4, model: 5, attack: 6 };
  const entries = [entry(step("igr"), { seconds: 20 }), entry(step("fgsm"), { seconds: 30 })];
  assertEquals(expectedSeconds(step("natural"), entries, unknown), 30);
  assertEquals(expectedSeconds({ kind: "model" }, entries, unknown), 5);
});

Deno.test("timeInTurns() gives turns to each side and leaves out those that fail", async () => {
  const order: string[] = [], freed: string[] = [];
  const side = (name: string, milliseconds: number, fail = false) => (): Promise<Timed> =>
    Promise.resolve({
      compiled: 1,
      run(runs) {
        if (fail && order.length > 6) return Promise.reject(new Error("out of memory"));
        order.push(`${name} ${runs}`);
        return Promise.resolve(milliseconds);
      },
      [Symbol.asyncDispose]() {
        freed.push(name);
        return Promise.resolve();
      },
    });
  const results = await timeInTurns({
    ours: side("ours", 10),
    torch: side("torch", 20, true),
    jax: () => Promise.reject(new Error("no JAX")),
  }, 0.1);
  assertEquals(order, [
    "ours 2",
    "ours 2",
    "torch 2",
    "torch 2",
    "ours 10",
    "torch 5",
    "ours 10",
    "ours 10",
  ]);
  assertEquals(results.ours.milliseconds, 10);
  assertEquals([results.torch.error, results.jax.error], ["out of memory", "no JAX"]);
  assertEquals(freed.sort(), ["ours", "torch"]);
});

Deno.test("toReport() tells times, ratios, shares of the peak and what is missing", () => {
  const report = toReport(
    [
      entry(step("igr", 128), {
        sides: {
          ours: { milliseconds: 10, compiled: 4 },
          torch: { milliseconds: 25 },
          torch_compile: { error: "no double backward" },
        },
        flops: 989.5e12 / 100 / 2,
        images: 128,
      }),
      entry({ kind: "agreement" }, { failed: true, text: "too far" }),
    ],
    ["a machine"],
    "",
    ["epoch igr f32"],
  );
  assertStringIncludes(report, "| igr | gelu | 128 | bf16 | 10.0 |");
  assertStringIncludes(report, "25.0 (2.50)");
  assertStringIncludes(report, "| 50.0 % |");
  assertStringIncludes(report, "- torch.compile: no double backward (step igr gelu 128 bf16)");
  assertStringIncludes(report, "- too far (agreement)");
  assertStringIncludes(report, "epoch igr f32");
});
