/** `deno task docs`: writes the pages of the documentation that commands make. @module */
import { COMMANDS } from "./commands.ts";
import { commandMain } from "./common/command.ts";
import { ROOT } from "./common/context.ts";
import { command } from "./docs/command.ts";
import { commandsPage, PAGE } from "./docs/commands_page.ts";
import { NOTEBOOK, notebookPage } from "./docs/notebook.ts";
import { RULES_PAGE, rulesPage } from "./docs/rules_page.ts";

if (import.meta.main) {
  await commandMain(async () => {
    command.read(Deno.args);
    Deno.writeTextFileSync(PAGE, await commandsPage(Deno.readTextFileSync(PAGE), COMMANDS));
    Deno.writeTextFileSync(RULES_PAGE, await rulesPage());
    Deno.writeTextFileSync(NOTEBOOK, await notebookPage(Deno.readTextFileSync(NOTEBOOK)));
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--quiet", PAGE, RULES_PAGE, NOTEBOOK],
      cwd: ROOT,
    }).output();
    return code;
  }, command);
}
