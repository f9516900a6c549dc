import { writeAtomic } from "./files.ts";

/** What the system's refusals mean for a store, and how to mend them. */
const ADVICE: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full; free some space ("deno task gc" shows what may go) and run again',
  EDQUOT: 'the disk quota is used up; free some space ("deno task gc" shows what may go)',
  EROFS: "it is on a file system that is read-only; pass another with --store DIR",
  EACCES: "this user may not write there; mend the permissions or pass another with --store DIR",
  EPERM: "this user may not write there; mend the permissions or pass another with --store DIR",
  EXDEV: "its folders lie on different file systems; move them to one",
};

/** What the system's refusal means and how to mend it; `undefined` for any other error. */
export function refusalAdvice(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: string };
  const denied = error instanceof Deno.errors.PermissionDenied ? "EACCES" : undefined;
  return ADVICE[code ?? denied ?? ""];
}

/** The system's refusal as an error that names the store and the cure; others as they are. */
export function storeError(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || error.message.startsWith("Cannot ")) return error;
  const advice = refusalAdvice(error);
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
