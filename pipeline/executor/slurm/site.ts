/** What a site allows, and whether tasks can be handed to it at all. @module */
import { ExecutorSilent, SubmissionRefused } from "../executor.ts";
import { isSilence, said, type Slurm, SlurmMissing } from "./command.ts";
import { queued } from "./questions.ts";
import { refusal, siteOptions, type SlurmSettings } from "./submission.ts";

/** Limits of a site. */
export interface Limits {
  /** Tasks in an array; 0 where there are none. */
  readonly maxArraySize: number;
  /** Jobs that the controller keeps; a task is one. */
  readonly maxJobCount: number;
  /** Seconds for which it knows an ended job. */
  readonly minJobAge: number;
}

/**
 * Reads a site's limits.
 *
 * @throws {ExecutorSilent} If the controller is not reached
 */
export async function readLimits(slurm: Slurm): Promise<Limits> {
  const answer = await slurm("scontrol", ["show", "config"]);
  if (answer.code !== 0) {
    throw new ExecutorSilent(`Cannot ask Slurm for its limits: ${said(answer)}`);
  }
  const number = (name: string, otherwise: number) => {
    const text = new RegExp(`^${name}\\s*=\\s*(\\d+)`, "m").exec(answer.out)?.[1];
    return text === undefined ? otherwise : Number(text);
  };
  return { // Slurm's defaults
    maxArraySize: number("MaxArraySize", 1001),
    maxJobCount: number("MaxJobCount", 10_000),
    minJobAge: number("MinJobAge", 300),
  };
}

/** What keeps tasks from being handed over, with the mend; asked before anything is submitted. */
export async function problemOf(
  slurm: Slurm,
  settings: SlurmSettings,
): Promise<string | undefined> {
  const { partition } = settings;
  try {
    await slurm("sbatch", ["--version"]);
    const { maxArraySize } = await readLimits(slurm);
    if (maxArraySize === 0) {
      return "Cannot use Slurm: it takes no job arrays (MaxArraySize is 0); ask the site for them";
    }
    await queued(slurm, ["000000000000"]); // whether squeue knows our format
    // Slurm takes several, and starts a task in that which can first.
    for (const one of partition?.split(",") ?? []) {
      const problem = await partitionProblem(slurm, one);
      if (problem !== undefined) return problem;
    }
    const trial = await slurm("sbatch", [
      "--test-only",
      "--array=0-0",
      "--time=1", // many sites want one, and every wave has one
      ...siteOptions(settings),
    ], { input: "#!/bin/sh\n" });
    if (trial.code === 0 || isSilence(trial)) return undefined;
    const refused: SubmissionRefused = refusal(said(trial));
    return refused.later ? undefined : refused.message;
  } catch (error) {
    if (error instanceof SlurmMissing) return error.message;
    if (!(error instanceof ExecutorSilent)) throw error;
    return `${error.message}; "scontrol ping" says whether the controller is up, and SLURM_CONF ` +
      "which one is asked";
  }
}

async function partitionProblem(slurm: Slurm, partition: string): Promise<string | undefined> {
  const answer = await slurm("scontrol", ["--oneliner", "show", "partition", partition]);
  const state = /\bState=(\w+)/.exec(answer.out)?.[1] ?? "UP";
  if (answer.code !== 0 && !isSilence(answer)) {
    return `Cannot use Slurm: there is no partition "${partition}"${await partitions(slurm)}`;
  }
  if (state === "UP") return undefined;
  return `Cannot use Slurm: partition "${partition}" is ${state}${await partitions(slurm)}`;
}

/** The end of a sentence that names the partitions there are. */
async function partitions(slurm: Slurm): Promise<string> {
  const { out } = await slurm("sinfo", ["--noheader", "--format=%R"]);
  const names = [...new Set(out.split("\n").filter((name) => name !== ""))];
  const known = names.map((name) => `"${name}"`).join(", ");
  return `, expected ${
    known === "" ? "one of sinfo" : known
  } in "slurm.partition" of executors.yaml`;
}
