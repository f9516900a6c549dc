/**
 * The stage that attacks one trained model: `attack:<pgd50|autoattack>:<method>:<activation>`.
 *
 * Parameters: `attack`, `settings` (the profile's `attacks.<attack>`), `images`, `batch_size` and
 * `epsilon`. Inputs: its train cell and `fetch:cifar10`.
 *
 * @module
 */
import type { Stage } from "../../pipeline/stage.ts";

/** Searches adversarial examples of one model and counts what withstands them. */
export const attack: Stage = {
  name: "attack",
  entry: new URL("./main.ts", import.meta.url),
  summary: "attacks one model and counts the images that withstand",
  outputs: ["adversarial.safetensors", "verdicts.json"],
  engine: true,
};
