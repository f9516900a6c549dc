/** How commands end. @module */
import { ProfileError } from "../pipeline/profile.ts";
import { StagePathError } from "../pipeline/stage_paths.ts";
import { UsageError } from "./_options.ts";

/**
 * Runs a command and exits: 0 if all went well, 1 if a cell failed, 2 if the command line or the
 * profile cannot be used, 130 if interrupted.
 */
export async function commandMain(command: () => Promise<number>): Promise<never> {
  try {
    Deno.exit(await command());
  } catch (error) {
    const usage = error instanceof UsageError || error instanceof ProfileError ||
      error instanceof StagePathError;
    const expected = usage || (error instanceof Error && error.message.startsWith("Cannot "));
    console.error(expected ? error.message : error);
    Deno.exit(usage ? 2 : 1);
  }
}
