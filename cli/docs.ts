/** `deno task docs`: writes the pages of the documentation that commands make. @module */
import { COMMANDS } from "./commands.ts";
import { commandMain } from "./common/command.ts";
import { ROOT } from "./common/context.ts";
import { command } from "./docs/command.ts";
import { commandsPage, PAGE } from "./docs/commands_page.ts";

if (import.meta.main) {
  await commandMain(async () => {
    command.read(Deno.args);
    Deno.writeTextFileSync(PAGE, await commandsPage(Deno.readTextFileSync(PAGE), COMMANDS));
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--quiet", PAGE],
      cwd: ROOT,
    }).output();
    return code;
  }, command);
}
