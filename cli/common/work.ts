/** How much work a cell is: what costs are extrapolated by. @module */
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { taskOf } from "../../lib/data/set.ts";
import { RECORD_BYTES } from "../../lib/data/records.ts";
import { sortBatches } from "../../lib/data/batches.ts";
import { isExplained } from "../../lib/std/explained.ts";
import { loadTrainingRules } from "../../lib/rules/training.ts";
import type { Work, WorkDescription, WorkOf } from "../../pipeline/answers/extrapolate.ts";
import { canonicalJson, type Json } from "../../pipeline/store/canonical.ts";
import { chosenData, type DataProfile } from "../../pipeline/profile/data_schema.ts";
import type { Profile } from "../../pipeline/profile/profile.ts";
import type { CellDeclaration } from "../../pipeline/cells/stage.ts";
import { EXTERNAL_DATA } from "../../stages/fetch/mod.ts";

type Parameters = { readonly [key: string]: Json };

/** How long an attack takes depends on how many images stay robust, which no count shows. */
const ATTACK_SLACK = 1.5;

/** Finds how many images a profile trains and tests on, as far as is known before they are there. */
export function amountsOf(
  { data }: Profile,
  cells: readonly CellDeclaration[],
): { readonly train?: number; readonly test?: number } {
  const given = { train: data.train_images, test: data.test_images };
  const there = chosenData(data).source.amounts ??
    folderAmounts(cells.map(({ files }) => files?.[EXTERNAL_DATA]).find(Boolean));
  return {
    train: given.train ?? there?.train,
    test: given.test ?? there?.test,
  };
}

function folderAmounts(files: Readonly<Record<string, string>> | undefined) {
  if (files === undefined) return undefined;
  try {
    const { train, test } = sortBatches(Object.keys(files));
    const count = (names: readonly string[]) =>
      names.reduce((sum, name) => sum + Deno.statSync(files[name]).size / RECORD_BYTES, 0);
    return { train: count(train), test: count([test]) };
  } catch (error) {
    if (isExplained(error) || error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/**
 * Says how much work cells are: images times epochs or steps, and floating-point operations of each.
 *
 * @param amounts Images of the profile whose cells they are; past runs say it themselves
 */
export async function openWork(
  amounts: { readonly train?: number; readonly test?: number },
): Promise<WorkOf> {
  const counts = await openCounts();
  const train = ({ parameters, inputs }: WorkDescription): Work | undefined => {
    const data = inputs.find(({ stage }) => stage === "fetch");
    const images = data?.metrics?.train_images ?? amounts.train;
    const { epochs, held_out_images = 0 } = parameters.recipe as Record<string, number>;
    const network = counts(parameters, data?.parameters, false);
    if (images === undefined || network === undefined) return undefined;
    const { operations: each, weights: left } = network;
    return { units: epochs * (images - held_out_images), each, slack: 1, left };
  };
  const attack = ({ parameters, inputs }: WorkDescription): Work | undefined => {
    const data = inputs.find(({ stage }) => stage === "fetch");
    const model = inputs.find(({ stage }) => stage === "train");
    const images = parameters.images ?? data?.metrics?.test_images ?? amounts.test;
    const each = model && counts(model.parameters, data?.parameters, true)?.operations;
    const steps = stepsOf(parameters.settings);
    if (typeof images !== "number" || each === undefined || steps === undefined) return undefined;
    return { units: images * steps, each, slack: ATTACK_SLACK, left: images };
  };
  const table = ({ inputs }: WorkDescription): Work => {
    const units = Math.max(1, inputs.length);
    return { units, each: 1, slack: 2, left: units };
  };
  const kinds: Readonly<Record<string, WorkOf>> = { train, attack, aggregate: table, plot: table };
  return (what) => kinds[what.stage]?.(what);
}

/**
 * How many passes an attack makes for an image, at most: counts are those of its settings that are
 * whole numbers, and what is done for each target or restart is done so often.
 */
function stepsOf(settings: Json): number | undefined {
  if (typeof settings !== "object" || settings === null || Array.isArray(settings)) {
    return undefined;
  }
  const counts = Object.entries(settings).filter((entry): entry is [string, number] =>
    Number.isInteger(entry[1])
  );
  const times = (kind: string) =>
    counts.filter(([name]) => name.startsWith(kind) && /targets|restarts/.test(name))
      .reduce((product, [, count]) => product * Math.max(1, count), 1);
  const steps = counts.filter(([name]) => /steps|iterations|queries/.test(name));
  if (steps.length === 0) return undefined;
  return steps.reduce((sum, [name, count]) => {
    const [kind] = name.includes("_") ? name.split("_") : [""];
    return sum + count * times(kind);
  }, 0);
}

/** What is counted of a network and its training. */
interface Counts {
  /** Floating-point operations of one image in a training step. */
  readonly operations: number;
  readonly weights: number;
}

/** Counts, and remembers what was counted. */
async function openCounts() {
  const rules = await loadTrainingRules();
  const { readSetting } = await import("../../stages/train/parameters.ts");
  const { countParameters } = await import("../../lib/models/network.ts");
  const { stepProgram } = await import("../../lib/training/step.ts");
  const { graphFor } = await import("../../lib/engines/pjrt.ts");
  const { flopsOf } = await import("../../lib/tracing/flops.ts");
  const counted = new Map<string, Counts | undefined>();
  /** @param natural Counts natural training with this network, whatever method is named. */
  return (
    training: Parameters,
    data: Parameters | undefined,
    natural: boolean,
  ): Counts | undefined => {
    const parameters = {
      ...training,
      ...natural ? { method: "natural", objective: {} } : {},
    };
    const { activation: _, seed: __, ...same } = parameters as Record<string, Json>;
    const name = canonicalJson(same);
    if (!counted.has(name)) counted.set(name, count(parameters, data));
    return counted.get(name);
  };

  function count(parameters: Parameters, data: Parameters | undefined): Counts | undefined {
    try {
      const task = data === undefined
        ? CIFAR10_TASK
        : taskOf(chosenData(data.data as unknown as DataProfile).set);
      const { network, objective, recipe } = readSetting({ cell: "", parameters }, rules, task);
      const { batch_size: batchSize, batch_norm: batchNorm, precision } = recipe;
      const program = stepProgram({
        ...{ network, objective, optimizer: recipe, recipe, batchSize, batchNorm, precision },
      });
      return {
        operations: flopsOf(graphFor(program, "cpu")) / batchSize,
        weights: countParameters(network),
      };
    } catch {
      return undefined; // a run of an earlier version, whose parameters are read no more
    }
  }
}
