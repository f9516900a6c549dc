/** @module */
import type { Command } from "../common/command.ts";
import { readFlags, refuseRest, UsageError } from "../common/flags.ts";
import { readWordArgument } from "../common/values.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

/** What the command is. */
export const command = {
  read(args: readonly string[]): typeof SHELLS[number] {
    const { rest: [shell, ...more] } = readFlags(args, {});
    refuseRest(more);
    if (shell !== undefined) return readWordArgument("shell", shell, SHELLS);
    throw new UsageError(
      `Cannot print completions: name a shell, ${SHELLS.join(", ")}, for example ` +
        '"deno task --quiet completions bash"',
    );
  },
  help: {
    summary: 'Prints a script by which a shell completes what follows "deno task": commands, ' +
      "options, profiles, engines, attacks, and the cells and numbers of the profiles that come " +
      "with the project. It is made once and starts nothing while one types; make it again when " +
      'commands or profiles have changed.\n\nElsewhere "deno" is completed by file names.',
    usage: ["deno task --quiet completions bash|zsh|fish"],
    examples: [
      [
        "deno task --quiet completions bash > ~/.smoothness.bash",
        'and "source ~/.smoothness.bash" in ~/.bashrc',
      ],
      [
        "deno task --quiet completions zsh > ~/.smoothness.zsh",
        'and "source ~/.smoothness.zsh" in ~/.zshrc, after compinit',
      ],
      [
        "deno task --quiet completions fish > ~/.config/fish/completions/deno.fish",
        "which fish reads by itself",
      ],
    ],
  },
} satisfies Command;
