/**
 * The stage that puts all cells together to Table 1: `aggregate`.
 *
 * Parameters: `profile` (its name), `table` (rows as `method/activation`), `attacks`
 * and `seeds`, and `readings` where the profile has some. Inputs: every train and attack cell of the
 * table, and `fetch:cifar10`.
 *
 * @module
 */
import type { Stage } from "../../pipeline/cells/stage.ts";
import { SHELL } from "../boundary.ts";

/** Prints Table 1 beside the paper's in five formats, in the paper's own shape, its seeds, and the verdict. */
export const aggregate: Stage = {
  name: "aggregate",
  entry: new URL("./main.ts", import.meta.url),
  summary: "prints Table 1 beside the paper's numbers",
  outputs: [
    "table1.txt",
    "table1.md",
    "table1.csv",
    "table1_seeds.csv",
    "table1.json",
    "table1.tex",
    "table1-paper.tex",
    "verdict.json",
    "verdict.txt",
  ],
  // which reading of the paper's setting comes nearest to its numbers
  moreOutputs: ({ readings }) => readings ? ["readings.txt", "readings.json"] : [],
  boundary: SHELL,
};
