/** Paths as people type them. @module */
import { resolve } from "node:path";

/** Paths are relative to where the command was typed, which a task runner may have left. */
export function fromUser(path: string): string {
  return resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), path);
}
