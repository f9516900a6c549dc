/** What there is to complete, as data. @module */
import { join } from "node:path";
import { profileNames } from "../../pipeline/profile/identity.ts";
import { loadProfile } from "../../pipeline/profile/profile.ts";
import { ATTACK_RULES } from "../../pipeline/profile/attack_schema.ts";
import { table1 } from "../../pipeline/table1.ts";
import type { Command } from "../common/command.ts";
import { EXECUTOR_KINDS } from "../common/executor.ts";
import { ENGINES } from "../common/options.ts";
import { ROOT } from "../common/root.ts";

/** An option of a command. */
export interface OptionWord {
  /** With dashes. */
  readonly name: string;
  readonly text: string;
  /** Its values, where they are known; without it, it takes a file or anything. */
  readonly values?: readonly string[];
  /** Whether a value follows it. */
  readonly takesValue: boolean;
}

/** A command. */
export interface TaskWord {
  readonly name: string;
  readonly text: string;
  readonly options: readonly OptionWord[];
  /** What it takes besides options. */
  readonly takes: "cells" | "numbers" | "profiles" | "files" | "nothing";
  /** Commands of its own, as `export` of `bundle`. */
  readonly parts: readonly string[];
}

/** All that is completed. */
export interface CompletionWords {
  readonly tasks: readonly TaskWord[];
  readonly profiles: readonly string[];
  /** By profile. */
  readonly cells: Readonly<Record<string, readonly string[]>>;
  readonly numbers: Readonly<Record<string, readonly string[]>>;
}

/** Gathers all words; `commands` are those of `cli/commands.ts`. */
export async function completionWords(
  commands: Readonly<Record<string, () => Promise<{ readonly command: Command }>>>,
): Promise<CompletionWords> {
  const { tasks: described }: {
    tasks: Record<string, { readonly description: string }>;
  } = JSON.parse(Deno.readTextFileSync(join(ROOT, "deno.json")));
  const profiles = profileNames();
  const values: Readonly<Record<string, readonly string[]>> = {
    "--profile": profiles,
    "--engine": ENGINES,
    "--executor": EXECUTOR_KINDS,
    "--attack": Object.keys(ATTACK_RULES),
    "--search": ["f32", "tf32", "bf16"],
  };
  const tasks: TaskWord[] = [];
  for (const [name, { description }] of Object.entries(described)) {
    const load = commands[name];
    if (load === undefined) {
      tasks.push({ name, text: description, options: [], takes: "files", parts: [] });
      continue;
    }
    const parts = Object.keys(commands).filter((other) => other.startsWith(`${name} `));
    const helps = [(await load()).command.help];
    for (const part of parts) helps.push((await commands[part]()).command.help);
    const options = helps.flatMap(({ options = [] }) =>
      options.flatMap(([, group]) =>
        group.map(([option, text]): OptionWord => {
          const [long, value] = option.split(" ");
          return { name: long, text, takesValue: value !== undefined, values: values[long] };
        })
      )
    );
    tasks.push({
      name,
      text: description,
      options: [...new Map(options.map((option) => [option.name, option])).values()],
      takes: takenBy(helps.map(({ usage }) => usage.join(" ")).join(" ")),
      parts: parts.map((part) => part.slice(name.length + 1)),
    });
  }
  const [cells, numbers] = [cellsOf, numbersOf].map((of) =>
    Object.fromEntries(profiles.map((profile) => [profile, of(profile)]))
  );
  return { tasks, profiles, cells, numbers };
}

function takenBy(usage: string): TaskWord["takes"] {
  if (usage.includes("CELL")) return "cells";
  if (usage.includes("NUMBER")) return "numbers";
  if (/ A B /.test(usage)) return "profiles";
  return /FILE|DIR|MODEL/.test(usage) ? "files" : "nothing";
}

const cellsOf = (profile: string): string[] => table1(loadProfile(profile)).map(({ id }) => id);

/** Numbers of a table as `trace` names them: of each row, clean and under each attack. */
function numbersOf(profile: string): string[] {
  const attacks = new Map<string, string[]>();
  for (const id of cellsOf(profile)) {
    const [stage, attack, method, activation] = id.split(":");
    if (stage !== "attack" || activation.includes("@")) continue;
    const row = `${method}.${activation}`;
    attacks.set(row, [...attacks.get(row) ?? ["clean"], attack]);
  }
  return [...attacks].flatMap(([row, columns]) =>
    columns.map((column) => `table1.${row}.${column}`)
  );
}
