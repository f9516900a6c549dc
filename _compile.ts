import { testNetwork } from "./tests/networks.ts";
import { objectiveOf } from "./lib/training/method.ts";
import { stepProgram } from "./lib/training/step.ts";
import { graphFor } from "./lib/engines/pjrt.ts";
import { toStableHlo } from "./lib/stablehlo/print.ts";
import { openEngine } from "./lib/engines/mod.ts";
const plugin = Deno.env.get("SMOOTHNESS_PJRT_PLUGIN")!;
const c: [string, Record<string, unknown>][] = [["fgsm", {}], ["free", {}], ["fgsm_ckpt", {}], ["grad_align", {}], ["sat", {}], ["pgd", { steps: 3 }], ["pgd", {}], ["pgd", { steps: 10 }], ["llr", { steps: 2 }], ["llr", {}]];
for (const [name, extra] of c) {
  const { method } = await import(`./lib/training/methods/${name}.ts`);
  const program = stepProgram({ network: testNetwork({ activation: name === "sat" ? "relu" : "gelu", width: 8 }), objective: objectiveOf(method, { ...method.defaults, ...extra }), sgd: { momentum: .9, nesterov: false, weight_decay: 5e-4 }, batchSize: 16, batchNorm: { mode: "train", momentum: .1 } });
  const t0 = performance.now();
  const text = toStableHlo(graphFor(program, "cpu") as never);
  const t1 = performance.now();
  const engine = await openEngine({ kind: "pjrt", plugin });
  const e = await engine.compile(program);
  const t2 = performance.now();
  console.log(name, JSON.stringify(extra), "operations", text.split("\n").length, "trace", Math.round(t1 - t0), "ms, compile", ((t2 - t1) / 1000).toFixed(1), "s; convolutions", (text.match(/stablehlo.convolution/g) ?? []).length);
  e[Symbol.dispose](); engine[Symbol.dispose]();
}
