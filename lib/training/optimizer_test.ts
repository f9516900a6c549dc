import { assertClose } from "../../tests/close.ts";
import { readGolden } from "../../tests/golden_values.ts";
import { hashed } from "../../tests/hashed.ts";
import type { Tensors } from "../engines/engine.ts";
import { tf } from "../tensorflow/mod.ts";
import { createOptimizer } from "./optimizer.ts";

/** Weights after each of some steps, by PyTorch in float64. */
interface GoldenAdam {
  readonly seed: number;
  readonly size: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly adam_epsilon: number;
  readonly weight_decay: number;
  readonly learning_rates: readonly number[];
  readonly cases: Readonly<Record<"adam" | "adamw", number[][]>>;
}

for (const optimizer of ["adam", "adamw"] as const) {
  Deno.test(`createOptimizer() of ${optimizer} takes PyTorch's steps`, async () => {
    await tf.setBackend("cpu");
    const { seed, size, learning_rates, cases, ...constants } = await readGolden<GoldenAdam>(
      "adam",
    );
    const { buffers, numbers, update } = createOptimizer({ ...constants, optimizer });
    tf.tidy(() => {
      let weight: ReturnType<typeof update>["weight"] = tf.tensor1d(
        hashed(`${seed}:adam:start`, [size], -1, 1),
      );
      let kept: Tensors = Object.fromEntries(buffers.map((name) => [name, tf.zeros([size])]));
      learning_rates.forEach((rate, step) => {
        const gradient = tf.tensor1d(hashed(`${seed}:adam:gradient${step}`, [size], -1, 1));
        const given = Object.entries(numbers(step, rate)).map(([name, n]) => [name, tf.scalar(n)]);
        ({ weight, buffers: kept } = update(weight, gradient, kept, Object.fromEntries(given)));
        const label = `weights after step ${step}`;
        assertClose(weight.dataSync(), cases[optimizer][step], 1e-6, { label });
      });
    });
  });
}
