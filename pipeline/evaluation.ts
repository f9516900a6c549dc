/**
 * The pipeline of one model from elsewhere:
 *
 *     (weights, card) -> model:external -> attack:<attacks>:external <- (test images)
 *
 * No name of a file takes part in a key: the same weights, card, images and parameters are the same
 * evaluation wherever they lie. What tells models apart is the profile under which they are run.
 *
 * @module
 */
import { attack } from "../stages/attack/mod.ts";
import { EXTERNAL_DATA } from "../stages/fetch/mod.ts";
import { EXTERNAL_WEIGHTS, model, WEIGHTS_FILE } from "../stages/model/mod.ts";
import { AUTOATTACK_MEMBERS, VERSIONS } from "./profile/profile_schema.ts";
import type { CellDeclaration } from "./cells/stage.ts";
import type { Json } from "./store/canonical.ts";

/** Attacks that an evaluation may consist of. */
export const EVALUATION_ATTACKS = ["pgd50", "autoattack", ...AUTOATTACK_MEMBERS] as const;

/** Name of an attack of an evaluation. */
export type EvaluationAttack = typeof EVALUATION_ATTACKS[number];

/** The published parameters of AutoAttack's attacks (Croce and Hein 2020). */
export const PUBLISHED = {
  apgd_iterations: 100,
  apgd_targets: 9,
  fab_iterations: 100,
  fab_targets: 9,
  square_queries: 5000,
} as const;

/** How PGD-50 is run; what is left out is as in the profiles. */
export interface Pgd50 {
  /** In pixels in [0, 1]; a quarter of epsilon by default. */
  readonly stepSize?: number;
  /** Random starts until one fools the model; 1 by default. */
  readonly restarts?: number;
  /** Which points of a run count; only the last by default. */
  readonly keep?: "last" | "best";
}

/** What is to be evaluated, on what, and how. */
export interface EvaluationRequest {
  /** Path of the weights. */
  readonly weights: string;
  /** Where in the file the network is, if it is said. */
  readonly prefix?: string;
  /** The model's card, whole. */
  readonly card: Json;
  /** Paths of the files of test images, one after another. */
  readonly images: readonly string[];
  /** How many, from the `offset`-th on. */
  readonly count: number;
  readonly offset: number;
  /** In order, each on the images that the ones before left robust. */
  readonly attacks: readonly EvaluationAttack[];
  /** Of `autoattack`. */
  readonly version: Exclude<typeof VERSIONS[number], "custom">;
  /** Of `pgd50`. */
  readonly pgd50?: Pgd50;
  /** Radius in pixels in [0, 1]. */
  readonly epsilon: number;
  readonly seed: number;
  readonly batchSize: number;
  /** Of the passes by which attacks search, where it is less than float32. */
  readonly searchPrecision?: "tf32" | "bf16";
}

/** The cell that takes in the weights. */
export const MODEL_CELL = "model:external";

/** The cell that attacks. */
export const attackCell = (attacks: readonly string[]): string =>
  `attack:${attacks.join("+")}:external`;

/** Declares the cells of an evaluation, inputs first. */
export function evaluation(request: EvaluationRequest): CellDeclaration[] {
  const { weights, card, images, count, offset, attacks, epsilon, seed, batchSize } = request;
  const { searchPrecision, prefix } = request;
  return [
    {
      id: MODEL_CELL,
      stage: model,
      parameters: { card, ...prefix === undefined ? {} : { prefix } },
      inputs: [],
      files: { [EXTERNAL_WEIGHTS]: { [WEIGHTS_FILE]: weights } },
    },
    {
      id: attackCell(attacks),
      stage: attack,
      parameters: {
        attack: attacks.join("+"),
        settings: attacks.map((name) => ({ attack: name, settings: settings(name, request) })),
        images: count,
        offset,
        batch_size: batchSize,
        epsilon,
        ...searchPrecision ? { search_precision: searchPrecision } : {},
      },
      inputs: [MODEL_CELL],
      // as given and not by the cell's name: it does not say which model this is
      seed: String(seed),
      files: {
        [EXTERNAL_DATA]: Object.fromEntries(
          images.map((path, index) => [`${String(index).padStart(4, "0")}.bin`, path]),
        ),
      },
    },
  ];
}

/** The parameters of PGD-50, written out. */
export const pgd50Settings = ({ epsilon, pgd50 = {} }: Pick<
  EvaluationRequest,
  "epsilon" | "pgd50"
>) => ({
  steps: 50,
  // as in the profiles, where epsilon is 8/255 and a step 2/255
  step_size: pgd50.stepSize ?? epsilon / 4,
  random_start: true,
  restarts: pgd50.restarts ?? 1,
  keep: pgd50.keep ?? "last",
});

function settings(attack: EvaluationAttack, request: EvaluationRequest): { [name: string]: Json } {
  if (attack === "pgd50") return pgd50Settings(request);
  if (attack === "autoattack") return { version: request.version, ...PUBLISHED };
  return { version: "custom", attacks: [attack], ...PUBLISHED };
}
