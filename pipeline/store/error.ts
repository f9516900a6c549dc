import { sep } from "node:path";
import { writeAtomic } from "./files.ts";
import { refusedPaths, systemCode, systemError } from "./system_error.ts";

/** What the system's refusals mean for a store, and how to mend them. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space ("deno task gc" shows what may go) and run again',
  EDQUOT: 'the disk quota is used up; free some space ("deno task gc" shows what may go)',
  EROFS: "it is on a file system that is read-only; pass another with --store DIR",
  EACCES: "this user may not write there; mend the permissions or pass another with --store DIR",
  EPERM: "this user may not write there; mend the permissions or pass another with --store DIR",
  EXDEV: "its folders lie on different file systems; move them to one",
};

/** Whether a text of the system or of another program says that a disk is full. */
export function tellsOfNoRoom(text: string): boolean {
  return /\(os error (28|122)\)|\b(ENOSPC|EDQUOT)\b|No space left on device|Disk quota exceeded/
    .test(text);
}

/** What the system's refusal means and how to mend it; `undefined` for any other error. */
const refusalAdvice = (error: unknown): string | undefined => ADVICE[systemCode(error) ?? ""];

/**
 * The system's refusal as an error that names the store and the cure, or the file where it is none
 * of the store's; others as they are.
 */
export function storeError(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || error.message.startsWith("Cannot ")) return error;
  const advice = refusalAdvice(error), paths = refusedPaths(error);
  const isOurs = (path: string) => path === folder || path.startsWith(folder + sep);
  if (paths.length > 0 && !paths.some(isOurs)) return systemError(error);
  if (advice === undefined) return error;
  return new Error(`Cannot use the store "${folder}": ${advice} (${error.message})`, {
    cause: error,
  });
}

/** Writes a cache; where the system refuses, the next process does without it. */
export function writeCache(path: string, text: string): void {
  try {
    writeAtomic(path, text);
  } catch (error) {
    if (refusalAdvice(error) === undefined) throw error;
  }
}
