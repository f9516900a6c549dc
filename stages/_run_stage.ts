/**
 * Runs a stage's process as the pipeline does, for tests: a job file, inputs without extensions,
 * and no permission but to read those and to write the work folders.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { ruleFile, type RuleKind } from "../lib/rules/mod.ts";
import type { StageMessage } from "../pipeline/cells/job.ts";
import type { Job } from "./job.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** What a stage's process left. */
export interface StageRun {
  readonly code: number;
  readonly messages: readonly StageMessage[];
  readonly errors: string;
  /** Output files by name. */
  readonly outputs: Readonly<Record<string, Uint8Array>>;
}

/** Rules as a job names them. */
export function jobRules(names: Readonly<Partial<Record<RuleKind, readonly string[]>>>) {
  return Object.fromEntries(
    Object.entries(names).map(([kind, names]) => [
      kind,
      Object.fromEntries(
        names.map((name) => [name, ruleFile(kind as RuleKind, name).module.href]),
      ),
    ]),
  );
}

/** Runs `entry` on a job whose input files are given by content. */
export async function runStage(
  entry: URL,
  job: Pick<Job, "cell" | "stage" | "parameters" | "rules">,
  inputs: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<StageRun> {
  const folder = await Deno.makeTempDir({ prefix: "smoothness-stage-" });
  try {
    const output = join(folder, "output"), work = join(folder, "work");
    const jobPath = join(folder, "job.json");
    const paths: Record<string, Record<string, string>> = {};
    let count = 0;
    for (const [cell, files] of Object.entries(inputs)) {
      for (const [name, text] of Object.entries(files)) {
        const path = join(folder, "objects", String(count++));
        await Deno.mkdir(dirname(path), { recursive: true });
        await Deno.writeTextFile(path, text);
        (paths[cell] ??= {})[name] = path;
      }
    }
    await Deno.mkdir(output);
    await Deno.mkdir(work);
    const complete: Job = {
      ...job,
      seed: "0",
      inputs: paths,
      work,
      output,
      engine: { kind: "pjrt" },
    };
    await Deno.writeTextFile(jobPath, JSON.stringify(complete));
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--quiet",
        // the code of the rules, beside the inputs
        `--allow-read=${[folder, ...job.rules ? [join(ROOT, "lib")] : []]}`,
        `--allow-write=${output},${work}`,
        fileURLToPath(entry),
        jobPath,
      ],
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    }).output();
    const outputs: Record<string, Uint8Array> = {};
    for (const { name } of Deno.readDirSync(output)) {
      outputs[name] = await Deno.readFile(join(output, name));
    }
    const text = new TextDecoder();
    return {
      code,
      messages: text.decode(stdout).trim().split("\n").filter(Boolean).map((line) =>
        JSON.parse(line)
      ),
      errors: text.decode(stderr),
      outputs,
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
