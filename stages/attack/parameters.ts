/** What the attack stage is given. @module */
import type { ChosenAttack } from "../../lib/attacks/rule.ts";
import type { Precision } from "../../lib/engines/engine.ts";
import { LIMITS } from "../../lib/limits.ts";
import { list, nullable, number, object, oneOf, optional, record, text } from "../../lib/schema.ts";
import { type Job, StageFailure } from "../job.ts";
import { readParameters } from "../parameters.ts";

/** What to attack with what. */
export interface AttackSetting {
  /** The name for all attacks together. */
  readonly name: string;
  /** In order, each on the images that the ones before left robust; read by the attacks' rules. */
  readonly attacks: readonly ChosenAttack[];
  /** How many test images to attack, from the `offset`-th on; `null` for all. */
  readonly images: number | null;
  readonly offset: number;
  readonly batchSize: number;
  /** Radius in pixels in [0, 1]. */
  readonly epsilon: number;
  /** Of the passes by which attacks search; verdicts are float32 all the same. */
  readonly searchPrecision: Precision;
  /** Paths of the model's weights and card. */
  readonly model: string;
  readonly card: string;
  /** Paths of files of test images, one after another. */
  readonly test: readonly string[];
}

const parameters = {
  attack: text(),
  images: nullable(number(LIMITS.attackedImages), "all there are"),
  offset: optional(number({ ...LIMITS.testImages, min: 0 })),
  batch_size: number(LIMITS.batch),
  epsilon: number(LIMITS.epsilon),
  search_precision: optional(oneOf("f32", "tf32", "bf16")),
};

/** The parameters of one attack. */
const alone = object({ ...parameters, settings: record });

/** The parameters of several attacks, in order. */
const several = object({
  ...parameters,
  settings: list(object({ attack: text(), settings: record }), { min: 1 }),
});

type Parameters = ReturnType<typeof alone> | ReturnType<typeof several>;

/**
 * Reads the parameters of a job.
 *
 * @throws {StageFailure} If an input is missing
 * @throws {TypeError} If a parameter is not as the stage has it
 */
export function readSetting(job: Pick<Job, "cell" | "parameters" | "inputs">): AttackSetting {
  const { cell, inputs } = job, ids = Object.keys(inputs);
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
  const files = inputs[data];
  const isList = Array.isArray(job.parameters.settings);
  const read = readParameters<Parameters>(job, isList ? several : alone);
  const { attack: name, settings } = read;
  return {
    name,
    attacks: Array.isArray(settings) ? settings : [{ attack: name, settings }],
    images: read.images,
    offset: read.offset ?? 0,
    batchSize: read.batch_size,
    epsilon: read.epsilon,
    searchPrecision: read.search_precision ?? "f32",
    model: inputs[model]["model.safetensors"],
    card: inputs[model]["card.json"],
    test: data.startsWith("fetch:")
      ? [files["test.bin"]]
      : Object.keys(files).sort().map((name) => files[name]),
  };
}
