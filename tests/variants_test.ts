/** Variants of the network in evaluation mode beside PyTorch in float64. */
import { assertEquals } from "@std/assert";
import { createVictim, evaluateLogits } from "../lib/attacks/mod.ts";
import type { ModelCard } from "../lib/models/card.ts";
import { classifier } from "../lib/models/load.ts";
import { countParameters } from "../lib/models/preact_resnet.ts";
import { assertClose } from "./close.ts";
import { engines } from "./engines.ts";
import {
  decodeFloats,
  goldenBatch,
  goldenCard,
  goldenTensors,
  readGolden,
  type Setting,
} from "./golden_values.ts";

interface GoldenVariants extends Setting {
  readonly cases: readonly (Pick<ModelCard, "final_bn" | "shortcut"> & {
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
          const card = { ...goldenCard(activation, golden.width), final_bn, shortcut };
          assertEquals(countParameters(card), parameters);
          using victim = createVictim({
            engine,
            classifier: classifier(card, goldenTensors(card, golden.seed)),
            batchSize: golden.batch,
          });
          const actual = await evaluateLogits(victim, { images: images.data, labels });
          assertClose(actual.logits, decodeFloats(logits), 1e-5, { label });
        });
      }
    },
  });
}
