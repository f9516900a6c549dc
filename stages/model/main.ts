/** The process of the model stage. @module */
import { basename, join } from "node:path";
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { parseModelCard } from "../../lib/models/card_fields.ts";
import { decodeExternalWeights } from "../../lib/models/external_weights.ts";
import { countParameters, networkOf } from "../../lib/models/network.ts";
import { encodeWeights } from "../../lib/models/weights.ts";
import { asFailure, type Job, StageFailure, stageMain, type StageResult } from "../job.ts";
import { loadModelRules } from "../rules.ts";
import { EXTERNAL_WEIGHTS, WEIGHTS_FILE } from "./input.ts";

/** Runs the stage. */
export async function run(job: Job): Promise<StageResult> {
  const { cell, parameters, inputs, output } = job;
  const rules = await loadModelRules(job);
  const path = inputs[EXTERNAL_WEIGHTS]?.[WEIGHTS_FILE];
  if (path === undefined) {
    throw new StageFailure(
      `Cannot run ${cell}: "${WEIGHTS_FILE}" of ${EXTERNAL_WEIGHTS} is not among its inputs`,
    );
  }
  try {
    const card = parseModelCard(JSON.stringify(parameters.card), rules);
    const network = networkOf(card, rules, CIFAR10_TASK);
    const { weights, notes } = decodeExternalWeights(
      network,
      await Deno.readFile(path),
      basename(path),
      parameters.prefix as string | undefined,
    );
    // how long it was trained says nothing about what it is
    const bytes = encodeWeights(network, weights, 0);
    await Deno.writeFile(join(output, "model.safetensors"), bytes);
    await Deno.writeTextFile(join(output, "card.json"), JSON.stringify(card, null, 1) + "\n");
    // not in the card: the same weights under other names are the same model
    return {
      metrics: { parameters: countParameters(network) },
      provenance: { reading: [...notes] },
    };
  } catch (error) {
    throw asFailure(error);
  }
}

if (import.meta.main) await stageMain(run);
