/** `deno task completions`: a script by which a shell completes commands, options, cells. @module */
import { COMMANDS } from "./commands.ts";
import { commandMain } from "./common/command.ts";
import { writeOutput } from "./common/output.ts";
import { bashScript } from "./completions/bash.ts";
import { command } from "./completions/command.ts";
import { fishScript } from "./completions/fish.ts";
import { completionWords } from "./completions/words.ts";

if (import.meta.main) {
  await commandMain(async () => {
    const shell = command.read(Deno.args), words = await completionWords(COMMANDS);
    const script = { bash: bashScript, fish: fishScript, zsh: bashScript }[shell](words);
    // zsh runs scripts that are made for bash
    writeOutput(
      shell === "zsh" ? `autoload -U +X bashcompinit && bashcompinit\n${script}` : script,
    );
    return 0;
  }, command);
}
