/** `docs/commands.md`, made of what the commands print with `--help`. @module */
import { join } from "node:path";
import type { Command } from "../common/command.ts";
import { ROOT } from "../common/context.ts";
import { helpText } from "../common/help.ts";

/** The page. */
export const PAGE = join(ROOT, "docs/commands.md");

/** The page's heading from which on it is written by hand. */
export const BY_HAND = "## What `--json` prints";

/** The commands' modules by what follows `deno task`, as `cli/commands.ts` has them. */
export type Commands = Readonly<Record<string, () => Promise<{ readonly command: Command }>>>;

interface Task {
  readonly description: string;
}

/**
 * The page as it should be: every task of `deno.json` with its help, then what is written by hand.
 *
 * @param present The page as it is
 * @throws {Error} If the page lacks the part that is written by hand
 */
export async function commandsPage(present: string, commands: Commands): Promise<string> {
  const at = present.indexOf(BY_HAND);
  if (at < 0) throw new Error(`Cannot write "${PAGE}": expected the heading "${BY_HAND}" in it`);
  const tasks: Record<string, Task> = JSON.parse(await Deno.readTextFile(join(ROOT, "deno.json")))
    .tasks;
  const rows = Object.entries(tasks).map(([name, { description }]) =>
    `| \`deno task ${name}\` | ${description} |`
  );
  const sections: string[] = [];
  for (const [name, load] of Object.entries(commands)) {
    const { command: { help } } = await load(), inner = name.includes(" ");
    sections.push(`${inner ? "####" : "###"} ${name}\n\n\`\`\`text\n${helpText(help)}\n\`\`\``);
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
