/** `deno task docs`: writes the pages of the documentation that commands make. @module */
import { type Command, commandMain } from "./common/command.ts";
import { ROOT } from "./common/context.ts";
import { readFlags, refuseRest } from "./common/flags.ts";
import { type Commands, commandsPage, PAGE } from "./docs/commands_page.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => refuseRest(readFlags(args, {}).rest),
  help: {
    summary: "Writes docs/commands.md from what the commands say of themselves.",
    usage: ["deno task docs"],
    examples: [["deno task docs", "after a help text has changed"]],
  },
} satisfies Command;

/** All commands, this one too. */
export async function allCommands(): Promise<Commands> {
  const { COMMANDS } = await import("./commands.ts");
  return { ...COMMANDS, docs: () => Promise.resolve({ command }) };
}

if (import.meta.main) {
  await commandMain(async () => {
    command.read(Deno.args);
    const commands = await allCommands();
    Deno.writeTextFileSync(PAGE, await commandsPage(Deno.readTextFileSync(PAGE), commands));
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--quiet", PAGE],
      cwd: ROOT,
    }).output();
    return code;
  }, command);
}
