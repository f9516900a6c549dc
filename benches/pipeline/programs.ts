/** How each program is given the same graph, and the commands that are timed. @module */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyCode } from "../../tests/copy.ts";
import { sweepNodes } from "./cells.ts";
import { prepare, type Timed } from "./timing.ts";

/** One program on one graph, everything finished. */
export interface Prepared {
  readonly name: string;
  /** What a run costs that has nothing to do. */
  readonly noOp: Timed;
  /** What it costs to say what would be done. */
  readonly plan: Timed;
}

/** What a program is prepared with. */
export interface Setting {
  /** An empty folder. */
  readonly folder: string;
  readonly count: number;
  /** Whether the first cell reads a file of 170 MB, `input.bin`, which is there. */
  readonly input: boolean;
  /** Folder of Python programs. */
  readonly python: string;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

const OURS = fileURLToPath(new URL("./ours.ts", import.meta.url));

const STAGE = `const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
Deno.writeTextFileSync(job.output + "/value.txt", job.cell + "\\n");
console.log(JSON.stringify({ kind: "result", metrics: {}, provenance: {} }));
`;

/** The permissions of `deno task pipeline`. */
const FLAGS = ["--allow-read", "--allow-write", "--allow-env", "--allow-run", "--allow-sys"];

/** This project's store and planner; more than 21 cells are published without running them. */
export async function ours({ folder, count }: Setting): Promise<Prepared> {
  Deno.writeTextFileSync(join(folder, "stage.ts"), STAGE);
  Deno.writeTextFileSync(join(folder, "deno.json"), "{}");
  const command = Deno.execPath(), cwd = ROOT;
  const args = (task: string) => ["run", ...FLAGS, OURS, task, folder, String(count)];
  await prepare(command, args(count > 21 ? "fill" : "run"), cwd);
  await settle(command, args("run"), cwd);
  return {
    name: "smoothness",
    noOp: { command, args: args("run"), cwd, prints: /^Nothing to do: all \d+ cells are fresh/ },
    plan: { command, args: args("plan"), cwd, prints: /: nothing to do, all \d+ cells are fresh/ },
  };
}

/** The commands themselves, on the cells of the demo profile, in a copy that nobody edits. */
export async function table1({ folder }: Setting): Promise<Prepared> {
  const command = Deno.execPath(), cwd = join(folder, "copy"), store = join(folder, "store");
  await copyCode(cwd);
  const args = (task: string) => ["task", "--quiet", task, "--store", store];
  await prepare(command, ["run", ...FLAGS, "benches/pipeline/ours.ts", "fill-table1", store], cwd);
  await settle(command, args("pipeline"), cwd);
  return {
    name: "smoothness, `deno task pipeline`",
    noOp: { command, args: args("pipeline"), cwd, prints: /Nothing to do: all 21 cells are fresh/ },
    plan: { command, args: args("plan"), cwd, prints: /nothing to do, all 21 cells are fresh/ },
  };
}

/** Stamps of files younger than two seconds are not believed: the second run keeps them. */
async function settle(command: string, args: readonly string[], cwd: string): Promise<void> {
  await prepare(command, args, cwd);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  await prepare(command, args, cwd);
}

/** DVC; more than 21 cells are committed without running them. */
export async function dvc({ folder, count, input, python }: Setting): Promise<Prepared> {
  const nodes = sweepNodes(count), command = join(python, "dvc"), cwd = folder;
  const env = { DVC_NO_ANALYTICS: "1", XDG_CACHE_HOME: join(folder, ".cache") };
  const list = (name: string, files: readonly string[]) =>
    files.length === 0 ? "" : `    ${name}:\n${files.map((file) => `    - ${file}\n`).join("")}`;
  const stages = nodes.map(({ id, inputs }) => {
    const deps = inputs.map((input) => `${input}.txt`);
    if (id === "data" && input) deps.push("input.bin");
    return `  ${id}:\n    cmd: echo ${id} > ${id}.txt\n${list("deps", deps)}${
      list("outs", [`${id}.txt`])
    }`;
  });
  Deno.writeTextFileSync(join(folder, "dvc.yaml"), `stages:\n${stages.join("")}`);
  await prepare(command, ["init", "--no-scm", "--quiet"], cwd, env);
  await prepare(command, ["config", "core.check_update", "false"], cwd, env);
  if (count > 21) {
    for (const { id } of nodes) Deno.writeTextFileSync(join(folder, `${id}.txt`), `${id}\n`);
    await prepare(command, ["commit", "--force", "--quiet"], cwd, env);
  }
  await prepare(command, ["repro", "--quiet"], cwd, env);
  const prints = /Data and pipelines are up to date/;
  return {
    name: "DVC",
    noOp: { command, args: ["repro"], cwd, env, prints },
    plan: { command, args: ["status"], cwd, env, prints },
  };
}

/** Snakemake, with one rule for each kind of cell; all cells are run. */
export async function snakemake({ folder, count, input, python }: Setting): Promise<Prepared> {
  const command = join(python, "snakemake"), cwd = folder;
  const env = { XDG_CACHE_HOME: join(folder, ".cache") };
  const attack = (kind: string) =>
    `rule ${kind}:
    input: "data.txt", "train_{n}.txt"
    output: "${kind}_{n}.txt"
    shell: "echo ${kind}_{wildcards.n} > {output}"
`;
  Deno.writeTextFileSync(
    join(folder, "Snakefile"),
    `N = range(${count / 3 - 1})
rule plot:
    input: "aggregate.txt"
    output: "plot.txt"
    shell: "echo plot > {output}"
rule aggregate:
    input: [f"{kind}_{n}.txt" for kind in ("train", "pgd50", "autoattack") for n in N]
    output: "aggregate.txt"
    shell: "echo aggregate > {output}"
rule data:${input ? '\n    input: "input.bin"' : ""}
    output: "data.txt"
    shell: "echo data > {output}"
rule train:
    input: "data.txt"
    output: "train_{n}.txt"
    shell: "echo train_{wildcards.n} > {output}"
${attack("pgd50")}${attack("autoattack")}`,
  );
  await prepare(command, ["--cores", "2", "--quiet", "progress"], cwd, env);
  const prints = /Nothing to be done/;
  return {
    name: "Snakemake",
    noOp: { command, args: ["--cores", "2"], cwd, env, prints },
    plan: { command, args: ["--dry-run"], cwd, env, prints },
  };
}
