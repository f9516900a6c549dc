/**
 * The stage that tries the examples of all models on one: `transfer:<method>:<activation>`.
 *
 * It is one cell a model, and neither one a pair nor one for all: a process opens an engine, reads
 * the weights and compiles one program, which takes seconds, while all examples of a model are a few
 * forward passes, which take milliseconds. A row that is added to the table makes its own examples,
 * and all others are asked once more about everything, by forward passes alone.
 *
 * Parameters: `images`, `epsilon`, `batch_size`, and `attack`, the name of the table's last attack where
 * it has the same radius.
 * Inputs: the cell of the model (`train:…`), the images (`fetch:…`), the examples of all models
 * (`examples:…`), and the model's own attack (`attack:…`).
 *
 * @module
 */
import type { Stage } from "../../pipeline/cells/stage.ts";
import { ENGINE, NUMERICS, SHELL } from "../boundary.ts";

/** Tries the examples of all models on one. */
export const transfer: Stage = {
  name: "transfer",
  entry: new URL("./main.ts", import.meta.url),
  summary: "tries the adversarial examples of all models on one",
  outputs: ["transfer.json"],
  engine: true,
  boundary: [...SHELL, ...ENGINE],
  revision: NUMERICS,
};
