/** The cells that measure the paper's theory, of a profile that asks for them. @module */
import { FAB_ITERATIONS } from "../../lib/theory/setting.ts";
import { ruleFile } from "../../lib/rules/mod.ts";
import { theory } from "../../stages/theory/mod.ts";
import { cellSeed } from "../cells/seed.ts";
import type { CellDeclaration, CellRule } from "../cells/stage.ts";
import type { Profile } from "./profile.ts";

/** What is measured. */
export interface Measured {
  /** Of the row and its seed: `igr:gelu@2`. */
  readonly name: string;
  /** Radius at which the row is attacked. */
  readonly epsilon: number;
  /** Architecture and activation. */
  readonly network: readonly CellRule[];
  /** The cells of the images and of the model. */
  readonly inputs: readonly string[];
}

/** The cell that measures one model; none where the profile has no section `theory`. */
export function theoryCells(
  { theory: section, attacks, seed }: Profile,
  { name, epsilon, network, inputs }: Measured,
): CellDeclaration[] {
  if (section === undefined) return [];
  const { images, batch_size = attacks.batch_size, epsilons, steps } = section;
  const { fab_iterations = FAB_ITERATIONS } = section;
  return [{
    id: `theory:${name}`,
    stage: theory,
    parameters: { images, batch_size, epsilon, epsilons: [...epsilons], steps, fab_iterations },
    rules: [...network, ruleFile("attack", "fab-t")],
    inputs,
    seed: cellSeed(seed, `theory:${name}`),
  }];
}
