/** What the attack stage is given. @module */
import type { PgdSettings } from "../../lib/attacks/pgd.ts";
import {
  type AttackName,
  attackNames,
  type AutoAttackSettings,
} from "../../lib/attacks/versions.ts";
import type { Precision } from "../../lib/engines/engine.ts";
import { type Job, StageFailure } from "../job.ts";

/** An attack and its parameters. */
export type Chosen =
  | { readonly kind: "pgd"; readonly name: string; readonly settings: PgdSettings }
  | { readonly kind: "autoattack"; readonly settings: AutoAttackSettings };

/** A job's parameters and the paths of its inputs; the profile's schema has checked the numbers. */
export interface Setting {
  /** The name for all attacks together. */
  readonly name: string;
  /** In order, each on the images that the ones before left robust. */
  readonly attacks: readonly Chosen[];
  /** How many test images to attack, from the `offset`-th on; `null` for all. */
  readonly images: number | null;
  readonly offset: number;
  readonly batchSize: number;
  /** Radius in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Of the passes by which attacks search; verdicts are float32 all the same. */
  readonly searchPrecision: Precision;
  readonly model: string;
  readonly card: string;
  /** Files of test images, one after another. */
  readonly test: readonly string[];
}

/**
 * Reads the parameters of a job.
 *
 * @throws {StageFailure} If an attack is unknown, or an input is missing
 */
export function readSetting({ cell, parameters, inputs }: Job): Setting {
  const ids = Object.keys(inputs);
  const find = (...stages: string[]) =>
    ids.find((id) => stages.some((stage) => id.startsWith(`${stage}:`)));
  const model = find("train", "model"), data = find("fetch", "external");
  if (model === undefined || data === undefined) {
    throw new StageFailure(
      `Cannot run ${cell}: its inputs are ${
        ids.join(", ") || "none"
      }, expected a model (train:… or model:…) and images (fetch:… or external:data)`,
    );
  }
  const name = parameters.attack as string, settings = parameters.settings as unknown;
  const files = inputs[data];
  return {
    name,
    attacks: Array.isArray(settings)
      ? settings.map(({ attack, settings }) => chooseAttack(attack, settings))
      : [chooseAttack(name, settings)],
    images: parameters.images as number | null,
    offset: (parameters.offset ?? 0) as number,
    batchSize: parameters.batch_size as number,
    epsilon: parameters.epsilon as number,
    searchPrecision: (parameters.search_precision ?? "f32") as Precision,
    model: inputs[model]["model.safetensors"],
    card: inputs[model]["card.json"],
    test: data.startsWith("fetch:")
      ? [files["test.bin"]]
      : Object.keys(files).sort().map((name) => files[name]),
  };
}

function chooseAttack(name: string, settings: unknown): Chosen {
  if (name.startsWith("pgd")) return { kind: "pgd", name, settings: settings as PgdSettings };
  if (name === "autoattack") {
    return { kind: "autoattack", settings: settings as AutoAttackSettings };
  }
  if ((attackNames as readonly string[]).includes(name)) {
    const alone = { version: "custom", attacks: [name as AttackName] } as const;
    return { kind: "autoattack", settings: { ...settings as AutoAttackSettings, ...alone } };
  }
  throw new StageFailure(
    `Cannot attack with "${name}": expected pgd50, autoattack, ${attackNames.join(", ")}`,
  );
}
