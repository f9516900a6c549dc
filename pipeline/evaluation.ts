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
import type { ModelCard } from "../lib/models/card.ts";
import { ruleFile } from "../lib/rules/mod.ts";
import type { ChosenAttack } from "../lib/attacks/rule.ts";
import type { CellDeclaration } from "./cells/stage.ts";
import type { Json } from "./store/canonical.ts";
import { attackFiles } from "./profile/attack_schema.ts";

/** What is said of an evaluation, by a person or by a program. */
export interface EvaluationSettings {
  /** Path of the weights. */
  readonly weights: string;
  /** Beginning of the network's names, where the file holds several networks. */
  readonly prefix?: string;
  /** Number of the first image. */
  readonly offset: number;
  /** In order, each on the images that the ones before left robust, with all their settings. */
  readonly attacks: readonly ChosenAttack[];
  /** Radius in pixels in [0, 1]. */
  readonly epsilon: number;
  readonly seed: number;
  /** Images evaluated together. */
  readonly batchSize: number;
  /** Of the passes by which attacks search, where it is less than float32. */
  readonly searchPrecision?: "tf32" | "bf16";
}

/** What is to be evaluated, on what, and how. */
export interface EvaluationRequest extends EvaluationSettings {
  /** The model's card, whole. */
  readonly card: ModelCard;
  /** Paths of the files of test images, one after another. */
  readonly images: readonly string[];
  /** How many of them. */
  readonly count: number;
}

/** The cell that takes in the weights. */
export const MODEL_CELL = "model:external";

/** The cell that attacks. */
export const attackCell = (attacks: readonly Pick<ChosenAttack, "attack">[]): string =>
  `attack:${nameOf(attacks)}:external`;

const nameOf = (attacks: readonly Pick<ChosenAttack, "attack">[]): string =>
  attacks.map(({ attack }) => attack).join("+");

/** Declares the cells of an evaluation, inputs first. */
export function evaluation(request: EvaluationRequest): CellDeclaration[] {
  const { weights, card, images, count, offset, attacks, epsilon, seed, batchSize } = request;
  const { searchPrecision, prefix } = request;
  const rules = [
    ruleFile("architecture", card.arch.replaceAll("_", "-")),
    ruleFile("activation", card.activation),
  ];
  return [
    {
      id: MODEL_CELL,
      stage: model,
      rules,
      parameters: { card: { ...card } as Json, ...prefix === undefined ? {} : { prefix } },
      inputs: [],
      files: { [EXTERNAL_WEIGHTS]: { [WEIGHTS_FILE]: weights } },
    },
    {
      id: attackCell(attacks),
      stage: attack,
      parameters: {
        attack: nameOf(attacks),
        settings: attacks.map(({ attack, settings }) => ({ attack, settings: { ...settings } })),
        images: count,
        offset,
        batch_size: batchSize,
        epsilon,
        ...searchPrecision ? { search_precision: searchPrecision } : {},
      },
      rules: [...rules, ...attackFiles(attacks, epsilon)],
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
