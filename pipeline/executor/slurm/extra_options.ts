/** Options of `sbatch` that a site may need, and those that are not its to set. @module */
import { list, type Schema, text } from "../../../lib/schema.ts";

/** Options that are set for every wave, and what sets them where a person can. */
const OWN: Readonly<Record<string, string | undefined>> = {
  partition: '"partition"',
  account: '"account"',
  qos: '"qos"',
  time: '"minutes" of a stage',
  "cpus-per-task": '"cpus" of a stage',
  mem: '"memory" of a stage',
  ...Object.fromEntries(["gres", "gpus"].map((name) => [name, '"gpus" of a stage'])),
  ...Object.fromEntries(
    [
      ...["array", "output", "error", "input", "export", "export-file", "job-name", "parsable"],
      ...["wait", "clusters", "requeue", "no-requeue", "open-mode", "signal", "comment", "chdir"],
      ...["wrap", "test-only", "quiet", "help", "usage", "version"],
    ].map((name) => [name, undefined]),
  ),
};

const one = text();

/** One long option; Slurm takes any beginning of a name for the name. */
const extraOption: Schema<string> = Object.assign(
  ((value, path, issues) => {
    const option = one(value, path, issues), before = issues.length;
    if (typeof option !== "string") return option;
    const name = /^--([a-z][a-z-]*)(=.*)?$/s.exec(option)?.[1];
    const own = name === undefined
      ? undefined
      : Object.keys(OWN).find((known) => known.startsWith(name));
    const refuse = (expected: string) =>
      issues.push({ path, text: `is ${JSON.stringify(option)}, expected ${expected}`, expected });
    if (name === undefined) refuse("a long option in one word, such as --constraint=a100");
    else if (own !== undefined) {
      refuse(
        OWN[own] === undefined
          ? `no option that every wave sets itself (--${own})`
          : `${OWN[own]} in the place of --${own}`,
      );
    }
    return issues.length > before ? undefined as unknown as string : option;
  }) as Schema<string>,
  { form: one.form },
);

/** Further options. */
export const extraOptions: Schema<string[]> = list(extraOption);
