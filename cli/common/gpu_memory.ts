/** Whether trainings fit a GPU's memory, said before they run. @module */
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { type DataProfile, taskOf } from "../../lib/data/set.ts";
import { type FoundGpus, lookForGpus } from "../../lib/pjrt_plugin/gpus.ts";
import { loadTrainingRules } from "../../lib/rules/training.ts";
import { bytesOf } from "../../lib/tracing/program_memory.ts";
import { canonicalJson, type Json } from "../../pipeline/store/canonical.ts";
import { sizeText } from "../../pipeline/units.ts";
import type { CellDeclaration } from "../../pipeline/cells/stage.ts";
import { chosenData } from "../../pipeline/profile/data_schema.ts";
import type { Profile } from "../../pipeline/profile/profile.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import { table1 } from "../../pipeline/table1.ts";
import type { MachineFinding } from "./machine_finding.ts";

/** What the largest program of a cell takes of a GPU's memory. */
export interface MemoryNeed {
  readonly cell: string;
  readonly program: string;
  /** Inputs, outputs and everything in between. */
  readonly bytes: number;
  /** `compiled`: by the compiler, in a past run on a GPU; `counted`: from the program's graph. */
  readonly basis: "compiled" | "counted";
  /** Memory that may be used, in bytes. */
  readonly available: number;
  readonly fits: boolean;
  /** A batch with which it would fit, where it does not and one does. */
  readonly batch?: number;
  /** A precision with which it would fit, where it does not and one does. */
  readonly precision?: "bf16";
}

/** What may be used of a GPU. */
export interface Room {
  readonly gpu: {
    readonly name: string;
    /** MiB */
    readonly memory: number;
  };
  /** `--gpu-memory` */
  readonly share?: number;
}

/** The GPUs that `nvidia-smi` lists, where it is there and may be run. */
async function askForGpus(): Promise<Pick<FoundGpus, "gpus">> {
  const { state } = Deno.permissions.querySync({ name: "run", command: "nvidia-smi" });
  return state === "granted" ? await lookForGpus() : { gpus: [] };
}

/**
 * What there is of the GPU that an engine would compute on; `undefined` where there is none, or where
 * its memory is not known.
 *
 * @param look How GPUs are looked for
 */
export async function gpuRoom(
  { engine, gpuMemory }: { readonly engine: string; readonly gpuMemory?: number },
  look: () => Promise<Pick<FoundGpus, "gpus">> = askForGpus,
): Promise<Room | undefined> {
  if (engine !== "pjrt" && engine !== "pjrt:cuda") return undefined;
  const { gpus: [gpu] } = await look();
  if (gpu?.memory === undefined) return undefined;
  return { gpu: { name: gpu.name, memory: gpu.memory }, share: gpuMemory };
}

/** Share of the memory that is used by default, as `lib/engines/pjrt.ts` has it. */
const DEFAULT_SHARE = 0.9;

/**
 * What a program may need more than is counted: for PreActResNet18 of width 64 and batches of 128,
 * counts are at most 12 % below what XLA assigns for an H100, and up to 55 % above; libraries want
 * some memory more.
 */
const MARGIN = 1.25;

const MEBIBYTE = 2 ** 20;

/** Parameters of a training that its memory depends on. */
const identity = (parameters: { readonly [key: string]: Json }): string => {
  const { method, activation, model, recipe } = parameters as Record<string, never>;
  const { mean: _mean, std: _std, ...shape } = model as Record<string, Json>;
  const { batch_size, precision = "f32" } = recipe as Record<string, Json>;
  return canonicalJson({ method, activation, shape, batch_size, precision });
};

/**
 * What the trainings among cells need; cells that need the same are counted once.
 *
 * @param runs Past runs, the latest first
 */
export async function memoryNeeds(
  cells: readonly CellDeclaration[],
  { gpu, share = DEFAULT_SHARE }: Room,
  runs: readonly Manifest[] = [],
): Promise<MemoryNeed[]> {
  const trainings = cells.filter(({ stage }) => stage.name === "train");
  if (trainings.length === 0) return [];
  const { readSetting } = await import("../../stages/train/parameters.ts");
  const { trainingMemory } = await import("../../lib/training/memory.ts");
  const rules = await loadTrainingRules();
  const data = cells.find(({ stage }) => stage.name === "fetch")?.parameters.data;
  const task = data ? taskOf(chosenData(data as unknown as DataProfile).set) : CIFAR10_TASK;
  const available = Math.floor(share * gpu.memory * MEBIBYTE);
  const needOf = ({ id: cell, parameters }: CellDeclaration): Omit<MemoryNeed, "cell"> => {
    const setting = readSetting({ cell, parameters }, rules, task);
    const { program, memory } = trainingMemory(setting), compiled = compiledNeed(runs, parameters);
    const bytes = compiled ?? bytesOf(memory), margin = compiled === undefined ? MARGIN : 1;
    const need = { program, bytes, available, fits: margin * bytes <= available };
    const basis = compiled === undefined ? "counted" : "compiled";
    if (need.fits) return { ...need, basis };
    const room = available / margin - memory.inputs, { batch_size } = setting.recipe;
    const batch = powerOfTwo(batch_size * room / (bytes - memory.inputs));
    const bf16 = { ...setting, recipe: { ...setting.recipe, precision: "bf16" as const } };
    const helps = MARGIN * bytesOf(trainingMemory(bf16).memory) <= available;
    return {
      ...{ ...need, basis },
      ...batch === undefined ? {} : { batch },
      ...helps ? { precision: "bf16" } : {},
    };
  };
  const known = new Map<string, Omit<MemoryNeed, "cell">>();
  return trainings.map((cell) => {
    const { id, parameters } = cell;
    const same = identity(parameters), need = known.get(same) ?? needOf(cell);
    known.set(same, need);
    return { cell: id, ...need };
  });
}

/** The largest power of two that is not above a number; `undefined` below 1. */
const powerOfTwo = (most: number): number | undefined =>
  most < 1 ? undefined : 2 ** Math.floor(Math.log2(most));

/** The most that a past run on a GPU with the same memory had to have. */
function compiledNeed(
  runs: readonly Manifest[],
  of: CellDeclaration["parameters"],
): number | undefined {
  const same = identity(of);
  for (const { cell, parameters, provenance } of runs) {
    const { platform, program_bytes } = provenance as Record<string, unknown>;
    if (platform !== "cuda" || !cell.startsWith("train:") || !program_bytes) continue;
    if (identity(parameters) !== same) continue;
    return Math.max(...Object.values(program_bytes as Record<string, number>));
  }
}

/** What `deno task doctor` says of the profile with the largest trainings; nothing without a GPU. */
export async function memoryFindings(profile: Profile, room?: Room): Promise<MachineFinding[]> {
  if (room === undefined) return [];
  const needs = await memoryNeeds(table1(profile), room);
  const fits = needs.every(({ fits }) => fits);
  const text = memoryLines(needs, room).map((line) => line.replace(/^Memory: /, "")).join("\n");
  const [name, hint] = ["GPU memory", 'run "deno task plan" with the options of the run'];
  return [
    fits
      ? { name, state: "ok", text: `profile ${profile.name}: ${text}` }
      : { name, state: "optional", text: `profile ${profile.name}: ${text}`, mend: hint },
  ];
}

/** Needs for people: what does not fit, else the largest. */
export function memoryLines(needs: readonly MemoryNeed[], { gpu }: Room): string[] {
  if (needs.length === 0) return [];
  const text = ({ program, cell, bytes, basis, available }: MemoryNeed, verb: string) => {
    const size = basis === "compiled"
      ? `${sizeText(bytes)} (as compiled in a past run)`
      : `about ${sizeText(bytes)} (counted)`;
    return `Memory: the ${program} of ${cell} ${verb} ${size} of ${
      sizeText(available)
    } on ${gpu.name}`;
  };
  const wrong = needs.filter(({ fits }) => !fits);
  if (wrong.length === 0) {
    const [largest] = [...needs].sort((a, b) => b.bytes - a.bytes);
    return [text(largest, "takes")];
  }
  return wrong.map((need) => `${text(need, "may not fit: it takes")}; ${mend(need)}`);
}

const mend = ({ batch, precision }: MemoryNeed): string => {
  const others = [
    ...precision === undefined ? [] : [`"--set recipe.precision=${precision}"`],
    ...batch === undefined ? [] : [`"--set recipe.batch_size=${batch}"`],
  ];
  return "pass a larger --gpu-memory" +
    (others.length === 0 ? "" : `, or with another result ${others.join(" or ")}`);
};
