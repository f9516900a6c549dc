/** What the theory stage is given. @module */
import { LIMITS } from "../../lib/limits.ts";
import { list, number, object } from "../../lib/schema.ts";
import { gridWith } from "../../lib/theory/setting.ts";
import { type Job, StageFailure } from "../job.ts";
import { readParameters } from "../parameters.ts";

const parameters = object({
  images: number(LIMITS.attackedImages),
  batch_size: number(LIMITS.batch),
  epsilon: number(LIMITS.epsilon),
  epsilons: list(number(LIMITS.epsilon), { min: 2 }),
  steps: number(LIMITS.iterations),
  fab_iterations: number(LIMITS.iterations),
});

/**
 * Reads the parameters of a job.
 *
 * @throws {StageFailure} If an input is missing
 * @throws {TypeError} If a parameter is not as the stage has it
 */
export function readSetting(job: Pick<Job, "cell" | "parameters" | "inputs" | "seed">) {
  const { cell, inputs, seed } = job, ids = Object.keys(inputs);
  const model = ids.find((id) => id.startsWith("train:"));
  if (model === undefined) {
    throw new StageFailure(
      `Cannot run ${cell}: its inputs are ${ids.join(", ") || "none"}, expected a model (train:…)`,
    );
  }
  const { images, batch_size, epsilon, epsilons, steps, fab_iterations } = readParameters(
    job,
    parameters,
  );
  return {
    images,
    batchSize: batch_size,
    model: inputs[model]["model.safetensors"],
    card: inputs[model]["card.json"],
    setting: {
      epsilons: gridWith(epsilons, epsilon),
      fabIterations: fab_iterations,
      seed: BigInt(seed),
      ...{ epsilon, steps },
    },
  };
}
