/** Runs a process that modes of files bind, as they do not bind root. @module */
import { PERMITTED } from "./permitted.ts";

/** Words before a command; undefined where this user cannot be bound. */
export function unprivileged(): readonly string[] | undefined {
  if (Deno.build.os === "windows" || !PERMITTED) return undefined;
  if (Deno.uid() !== 0) return [];
  // root keeps its own files, but no power over modes
  const words = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
  try {
    const { success } = new Deno.Command(words[0], {
      args: [...words.slice(1), "true"],
      stderr: "null",
    }).outputSync();
    return success ? words : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
