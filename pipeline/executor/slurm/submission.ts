/** How a wave is handed to `sbatch`. @module */
import { join } from "node:path";
import { ExecutorSilent, type Resources, SubmissionRefused, type Wave } from "../executor.ts";
import { warningSeconds } from "../time_limit.ts";
import { isSilence, NoAnswer, said, type Slurm } from "./command.ts";
import { jobName } from "./questions.ts";

/** What a site needs; see `executors.yaml`. */
export interface SlurmSettings {
  readonly partition?: string;
  readonly account?: string;
  readonly qos?: string;
  /** Further options of `sbatch`. */
  readonly extra?: readonly string[];
  /** Option that asks for GPUs: `gres` (`--gres=gpu:2`) by default. */
  readonly gpu_option?: "gres" | "gpus" | "gpus-per-node";
  /** Kind of GPU: `a100`. */
  readonly gpu_type?: string;
  /** False if nodes do not reach the folder of a wave. */
  readonly shared_disk?: boolean;
  /** Folder that every node has, for what tasks print where no disk is shared: `/tmp`. */
  readonly node_folder?: string;
  /** Whether a task has the environment of a login on its node, which may take seconds a task. */
  readonly login_environment?: boolean;
}

/**
 * Whose environment a task has: that of `sbatch`, which has no credentials in it ({@linkcode slurm}).
 * Any list of names, and `NIL`, would make nodes log in for each task, as `NONE` does.
 */
const environmentOf = ({ login_environment: login = false }: SlurmSettings) =>
  login || Deno.env.has("SLURM_JWT") ? "NONE" : "ALL";

/** A word as `sh` reads it. */
export const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** A path in which Slurm replaces nothing. */
const literal = (path: string) => path.replaceAll("%", "%%");

/** What each task of an array runs; `exec` so that its signals reach the program. */
export const scriptOf = ({ command, script }: Pick<Wave, "command" | "script">): string => {
  const own = script?.replace(/^#!.*\n/, "") ?? `exec ${command.map(quoted).join(" ")}\n`;
  return `#!/bin/sh\nexport SMOOTHNESS_TASK="$SLURM_ARRAY_TASK_ID"\n${own}`;
};

/** Options by which a site knows who may run what where. */
export const siteOptions = ({ partition, account, qos, extra = [] }: SlurmSettings): string[] => [
  ...partition === undefined ? [] : [`--partition=${partition}`],
  ...account === undefined ? [] : [`--account=${account}`],
  ...qos === undefined ? [] : [`--qos=${qos}`],
  ...extra,
];

function resourceOptions(
  { cpus, gpus, memory, minutes }: Resources,
  { gpu_option: option = "gres", gpu_type: type }: SlurmSettings,
): string[] {
  const count = type === undefined ? `${gpus}` : `${type}:${gpus}`;
  return [
    `--time=${Math.ceil(minutes)}`,
    `--cpus-per-task=${cpus}`,
    ...memory === undefined ? [] : [`--mem=${memory}`],
    ...gpus === 0 ? [] : [option === "gres" ? `--gres=gpu:${count}` : `--${option}=${count}`],
  ];
}

/** Where tasks print, on the shared disk or on each node. */
const outputFolder = (
  { folder }: Wave,
  { shared_disk: shared = true, node_folder: there = "/tmp" }: SlurmSettings,
) => shared ? folder : there;

/** All options of a wave. */
export function optionsOf(wave: Wave, settings: SlurmSettings): string[] {
  const folder = outputFolder(wave, settings);
  const file = settings.shared_disk ?? true ? "%a.out" : `${jobName(wave.id)}-%a.out`;
  const together = wave.atATime === undefined ? "" : `%${wave.atATime}`;
  return [
    "--parsable",
    `--job-name=${jobName(wave.id)}`,
    `--comment=${wave.comment}`,
    `--array=0-${wave.tasks - 1}${together}`,
    "--requeue",
    "--open-mode=append",
    `--signal=B:TERM@${Math.floor(warningSeconds(wave.resources.minutes))}`,
    `--export=${environmentOf(settings)}`,
    `--chdir=${folder}`,
    `--output=${join(literal(folder), file)}`,
    ...resourceOptions(wave.resources, settings),
    ...siteOptions(settings),
  ];
}

/** What a site's limits say: fewer tasks, or these later, may be taken. */
const LATER =
  /violates accounting|submit\w*limit|maxjobcount|job array specification|temporar|try again|too many/i;

/** What to change, by what Slurm says. */
const MENDS: readonly (readonly [RegExp, string])[] = [
  [
    /invalid partition|partition name/i,
    `set "slurm.partition" in executors.yaml to one of "sinfo"`,
  ],
  [/account/i, `set "slurm.account" (and "slurm.partition", "slurm.qos" that it may use)`],
  [/qos/i, `set "slurm.qos" in executors.yaml`],
  [/time/i, `lower "minutes" below "slurm.resources" in executors.yaml`],
  [
    /node configuration|memory|gres|gpu|cpu|feature|constraint/i,
    `ask for less, or for what a node has, below "slurm.resources" and in "slurm.extra" of ` +
    `executors.yaml; "sinfo -o '%P %c %m %G %f'" shows it`,
  ],
  [/option/i, `mend "slurm.extra" in executors.yaml`],
];

const MAY_BE_TOO_LARGE =
  `if it stays so, ask for less time, cores, memory or GPUs below "slurm.resources" in executors.yaml`;

/** A refusal in Slurm's words, with the mend. */
export function refusal(words: string): SubmissionRefused {
  const told = words.replaceAll(/(batch job submission failed|allocation failure): /gi, "");
  const later = LATER.test(told);
  const mend = later
    // Slurm does not say whether it is how many there are, or what one asks for.
    ? /size and\/or time limits/.test(told) ? MAY_BE_TOO_LARGE : ""
    : MENDS.find(([pattern]) => pattern.test(told))?.[1] ?? "";
  return new SubmissionRefused(
    `Cannot submit to Slurm: ${told}${mend === "" ? "" : `; ${mend}`}`,
    later,
  );
}

/**
 * Submits a wave.
 *
 * @returns Its array, for example `4711`; `undefined` if it may have been submitted without an answer
 * @throws {ExecutorSilent} If the controller is not reached
 * @throws {SubmissionRefused} If it does not take it
 */
export async function submitted(
  slurm: Slurm,
  wave: Wave,
  settings: SlurmSettings,
): Promise<{ readonly job: string } | { readonly lost: Error }> {
  const folder = outputFolder(wave, settings);
  if (folder.includes("\\")) {
    return {
      lost: new SubmissionRefused(
        `Cannot submit to Slurm: "${folder}" has a backslash, beside which it replaces no task's ` +
          "number in the name of a file; pass another folder with --store DIR",
        false,
      ),
    };
  }
  try {
    const answer = await slurm("sbatch", optionsOf(wave, settings), { input: scriptOf(wave) });
    const job = /^(\d+)(;\S+)?$/m.exec(answer.out)?.[1]; // `id;cluster` in a federation
    if (answer.code === 0 && job !== undefined) return { job };
    const silent = isSilence(answer) || answer.words === "";
    return {
      lost: silent
        ? new ExecutorSilent(`Cannot submit to Slurm: ${said(answer)}`)
        : refusal(said(answer)),
    };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    // where the controller keeps no more jobs (MaxJobCount), sbatch itself tries again for minutes
    return { lost: LATER.test(error.words) ? refusal(error.words) : error };
  }
}
