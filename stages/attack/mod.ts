/**
 * The stage that attacks one model: `attack:<pgd50|autoattack>:<method>:<activation>`.
 *
 * Parameters: `attack`, `settings` (the profile's `attacks.<attack>`), `images` (first of the test
 * images), `batch_size`, `epsilon`. Inputs: its train cell and `fetch:cifar10`.
 *
 * @module
 */
import type { Stage } from "../../pipeline/stage.ts";

/** Attacks a trained model and keeps the adversarial examples and a verdict for each image. */
export const attack: Stage = {
  name: "attack",
  entry: new URL("./main.ts", import.meta.url),
  summary: "attacks one model and keeps the adversarial examples",
  outputs: ["adversarial.safetensors", "verdicts.json"],
  engine: true,
};
