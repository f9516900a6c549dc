/** Variants of the network in evaluation mode beside PyTorch in float64. */
import { assertEquals } from "@std/assert";
import { createVictim, evaluateLogits } from "../lib/attacks/mod.ts";
import { classifier } from "../lib/models/load.ts";
import { countParameters } from "../lib/models/network.ts";
import { assertClose } from "./close.ts";
import { engines } from "./engines.ts";
import {
  decodeFloats,
  goldenBatch,
  goldenNetwork,
  goldenTensors,
  readGolden,
  type Setting,
} from "./golden_values.ts";

interface GoldenVariants extends Setting {
  readonly cases: readonly ({
    readonly final_bn: boolean;
    readonly shortcut: string;
    readonly activation: string;
    readonly parameters: number;
    readonly logits: string;
  })[];
}

for (const { label, open, ignore } of await engines()) {
  Deno.test({
    name: `logits() with and without final batch norm and raw shortcut on ${label} are PyTorch's`,
    ignore,
    fn: async (t) => {
      using engine = await open();
      const golden = await readGolden<GoldenVariants>("variants");
      assertEquals(golden.cases.length, 12);
      const { images, labels } = goldenBatch(golden);
      for (const { activation, final_bn, shortcut, parameters, logits } of golden.cases) {
        const label = `${activation}, final_bn ${final_bn}, ${shortcut} shortcut`;
        await t.step(label, async () => {
          const network = goldenNetwork(activation, golden.width, { final_bn, shortcut });
          assertEquals(countParameters(network), parameters);
          using victim = createVictim({
            engine,
            classifier: classifier(network, goldenTensors(network, golden.seed)),
            batchSize: golden.batch,
          });
          const actual = await evaluateLogits(victim, { images: images.data, labels });
          assertClose(actual.logits, decodeFloats(logits), 1e-5, { label });
        });
      }
    },
  });
}
