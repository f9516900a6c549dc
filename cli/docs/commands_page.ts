/** `docs/commands.md`, made of what the commands print with `--help`. @module */
import { join } from "node:path";
import { lockFlags } from "../../lib/std/locked.ts";
import { ROOT } from "../common/context.ts";

/** The page. */
export const PAGE = join(ROOT, "docs/commands.md");

/** The page's heading from which on it is written by hand. */
export const BY_HAND = "## What `--json` prints";

/** Commands that have commands of their own. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  bundle: ["export", "run", "import", "show"],
};

interface Task {
  readonly description: string;
  readonly command: string;
}

/**
 * The page as it should be: every task of `deno.json` with its help, then what is written by hand.
 *
 * @param present The page as it is
 * @throws {Error} If a command's `--help` fails, or the page lacks the part that is written by hand
 */
export async function commandsPage(present: string): Promise<string> {
  const at = present.indexOf(BY_HAND);
  if (at < 0) throw new Error(`Cannot write "${PAGE}": expected the heading "${BY_HAND}" in it`);
  const tasks: Record<string, Task> = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")))
    .tasks;
  const rows = Object.entries(tasks).map(([name, { description }]) =>
    `| \`deno task ${name}\` | ${description} |`
  );
  const sections: string[] = [];
  for (const [name, { command }] of Object.entries(tasks)) {
    const file = command.split(" ").find((word) => word.startsWith("cli/"));
    if (file === undefined || name === "ok") continue;
    const texts = await Promise.all(
      [[], ...(PARTS[name] ?? []).map((part) => [part])].map((words) => help(file, words)),
    );
    sections.push(
      `### ${name}\n\n${texts.map((text) => "```text\n" + text + "\n```").join("\n\n")}`,
    );
  }
  return `# Commands

\`deno task docs\` writes this page. The options of most commands are those of \`pipeline\`.

| command | what it does |
|---|---|
${rows.join("\n")}

## Help

${sections.join("\n\n")}

${present.slice(at)}`;
}

/** What a command prints with `--help`, in an environment that says nothing of defaults. */
async function help(file: string, words: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", ...lockFlags(ROOT), file, ...words, "--help"],
    cwd: ROOT,
    clearEnv: true,
    env: kept("PATH", "HOME", "DENO_DIR"),
  }).output();
  const text = new TextDecoder();
  if (success) return text.decode(stdout).trim();
  throw new Error(`"${file} ${[...words, "--help"].join(" ")}" failed: ${text.decode(stderr)}`);
}

function kept(...names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
