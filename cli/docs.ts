/** `deno task docs`: writes the pages of the documentation that commands make. @module */
import { commandMain } from "./common/command.ts";
import { ROOT } from "./common/context.ts";
import { commandsPage, PAGE } from "./docs/commands_page.ts";
import { RULES_PAGE, rulesPage } from "./docs/rules_page.ts";

const HELP =
  `Writes docs/commands.md from what the commands print with --help, and docs/rules.md from the
files of activations, methods, attacks, data sets and architectures

Usage: deno task docs`;

if (import.meta.main) {
  await commandMain(async () => {
    if (Deno.args.includes("--help")) {
      console.log(HELP);
      return 0;
    }
    Deno.writeTextFileSync(PAGE, await commandsPage(Deno.readTextFileSync(PAGE)));
    Deno.writeTextFileSync(RULES_PAGE, await rulesPage());
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: ["fmt", "--quiet", PAGE, RULES_PAGE],
      cwd: ROOT,
    }).output();
    return code;
  });
}
