/** The system's refusals in words that name what was refused. @module */
import { messageOf } from "../../lib/std/message_of.ts";

/** What a refusal means and how to mend it, by the system's code. */
const PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "this user may not; mend its permissions",
  EPERM: "this user may not; mend its permissions",
  EISDIR: "it is a folder, expected a file",
  ENOTDIR: "a part of this path is no folder",
  ELOOP: "its links lead in a circle",
  ENAMETOOLONG: "the name is too long",
  EROFS: "it is on a file system that is read-only",
  ENOSPC: "the disk is full; free some space",
  EDQUOT: "the disk quota is used up; free some space",
  EIO: "the disk does not read or write it; look at the disk",
};

/** The system's code of an error, for example `EACCES`. */
export function systemCode(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: string };
  if (code !== undefined || !(error instanceof Error)) return code;
  return error instanceof Deno.errors.PermissionDenied ? "EACCES" : undefined;
}

/** Paths that Deno names in a refusal: `… (os error 13): rename '/a' -> '/b'`. */
export function refusedPaths({ message }: Error): string[] {
  const [, first, second] = /\(os error \d+\): \w+ '(.*?)'(?: -> '(.*)')?$/s.exec(message) ?? [];
  return [first, second].filter((path) => path !== undefined);
}

/** What is wrong, without the thing: the end of a sentence. */
export function systemProblem(error: unknown): string {
  return PROBLEMS[systemCode(error) ?? ""] ?? messageOf(error);
}

/** A refusal as an error that names the file and the cure; any other error as it is. */
export function systemError(error: unknown): unknown {
  if (!(error instanceof Error) || error.message.startsWith("Cannot ")) return error;
  const problem = PROBLEMS[systemCode(error) ?? ""];
  if (problem === undefined) return error;
  const [path] = refusedPaths(error);
  const what = path === undefined ? "Cannot go on" : `Cannot use "${path}"`;
  return new Error(`${what}: ${problem} (${error.message})`, { cause: error });
}
