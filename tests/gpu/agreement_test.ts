/**
 * The GPU beside the CPU. Runs where an NVIDIA GPU and JAX's CUDA plugin are; with
 * SMOOTHNESS_GPU_PLUGIN, that plugin takes the GPU's place: the CPU plugin shows that the tests run.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { type Engine, openEngine } from "../../lib/engines/mod.ts";
import { findCudaPlugin } from "../../lib/pjrt_plugin/cuda.ts";
import { findGpus } from "../../lib/pjrt_plugin/gpus.ts";
import { findPlugin } from "../engines.ts";
import { attackVerdicts, computeAll, differences, equalVerdicts } from "./agreement.ts";
import { PERMITTED, UNPERMITTED } from "../permitted.ts";

/** The plugins to compare, or why they cannot be. */
async function findPlugins(): Promise<{ readonly cpu: string; readonly gpu: string } | string> {
  if (!PERMITTED) return UNPERMITTED.slice(1, -1);
  const named = Deno.env.get("SMOOTHNESS_GPU_PLUGIN");
  if (!named && (await findGpus()).length === 0) return "skipped: no NVIDIA GPU";
  const gpu = named || (await findCudaPlugin())?.plugin;
  if (gpu === undefined) return "skipped: no CUDA plugin; deno task doctor says how to get it";
  const cpu = await findPlugin();
  if (cpu === undefined) return 'skipped: no CPU plugin; "deno task test tests/gpu" fetches it';
  return { cpu, gpu };
}

const found = await findPlugins();

Deno.test("differences() tells what is near from what is far or no number", () => {
  const one = (logit: number) => {
    const same = [3, 4];
    const rest = { input_gradients: same, update: same, totals: same, weights: same };
    return { step: { ...rest, logits: [logit, 1] } };
  };
  const bad = (logit: number) => differences(one(logit), one(1)).filter(({ good }) => !good);
  assertEquals(bad(1 + 1e-5), []);
  assertEquals(bad(1 + 2e-5).map(({ name, kind }) => [name, kind]), [["step", "logits"]]);
  assertEquals(bad(NaN).map(({ kind }) => kind), ["logits"]);
});

function test(name: string, fn: (gpu: Engine, cpu: Engine) => Promise<void>): void {
  Deno.test({
    name: name + (typeof found === "string" ? ` (${found})` : ""),
    ignore: typeof found === "string",
    fn: async () => {
      if (typeof found === "string") return;
      using gpu = await openEngine({ kind: "pjrt", plugin: found.gpu });
      using cpu = await openEngine({ kind: "pjrt", plugin: found.cpu });
      await fn(gpu, cpu);
      assertEquals(gpu.live(), 0);
    },
  });
}

test(
  "the GPU computes the logits, gradients, second-order gradients and steps of the CPU",
  async (gpu, cpu) => {
    const all = differences(await computeAll(gpu), await computeAll(cpu));
    for (const { name, kind, difference } of all) {
      console.log(`${name} ${kind}: ${difference.toExponential(1)}`);
    }
    assertEquals(all.filter(({ good }) => !good), []);
  },
);

test("attacks on the GPU come to the verdicts of attacks on the CPU", async (gpu, cpu) => {
  const [found, expected] = [await attackVerdicts(gpu), await attackVerdicts(cpu)];
  const robust = expected.filter(Boolean).length;
  assert(robust > 0 && robust < expected.length, `${robust} robust images decide nothing`);
  const equal = expected.filter((verdict, i) => verdict === found[i]).length;
  console.log(`${equal} of ${expected.length} verdicts are equal, ${robust} images are robust`);
  assert(equal >= equalVerdicts * expected.length);
});
