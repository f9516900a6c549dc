/** What the attack stage is given. @module */
import type { AutoAttackSettings } from "../../lib/attacks/versions.ts";
import type { PgdSettings } from "../../lib/attacks/pgd.ts";
import { type Job, StageFailure } from "../job.ts";

/** An attack and its parameters. */
export type Chosen =
  | { readonly kind: "pgd"; readonly name: string; readonly settings: PgdSettings }
  | { readonly kind: "autoattack"; readonly name: string; readonly settings: AutoAttackSettings };

/** A job's parameters and the paths of its inputs; the profile's schema has checked the numbers. */
export interface Setting {
  readonly attack: Chosen;
  /** How many of the first test images to attack; `null` for all. */
  readonly images: number | null;
  readonly batchSize: number;
  /** Radius in pixels in [0, 1]. */
  readonly epsilon: number;
  readonly model: string;
  readonly card: string;
  readonly test: string;
}

/**
 * Reads the parameters of a job.
 *
 * @throws {StageFailure} If the attack is unknown, or an input is missing
 */
export function readSetting({ cell, parameters, inputs }: Job): Setting {
  const name = parameters.attack as string, settings = parameters.settings as unknown;
  const trained = Object.keys(inputs).find((id) => id.startsWith("train:"));
  const fetched = Object.keys(inputs).find((id) => id.startsWith("fetch:"));
  if (trained === undefined || fetched === undefined) {
    throw new StageFailure(
      `Cannot run ${cell}: its inputs are ${
        Object.keys(inputs).join(", ") || "none"
      }, expected a train cell and a fetch cell`,
    );
  }
  return {
    attack: chooseAttack(name, settings as PgdSettings & AutoAttackSettings),
    images: parameters.images as number | null,
    batchSize: parameters.batch_size as number,
    epsilon: parameters.epsilon as number,
    model: inputs[trained]["model.safetensors"],
    card: inputs[trained]["card.json"],
    test: inputs[fetched]["test.bin"],
  };
}

function chooseAttack(
  name: string,
  settings: PgdSettings & AutoAttackSettings,
): Chosen {
  if (name.startsWith("pgd")) return { kind: "pgd", name, settings };
  if (name !== "autoattack") {
    throw new StageFailure(`Cannot attack with "${name}": expected pgd50 or autoattack`);
  }
  return { kind: "autoattack", name, settings };
}
