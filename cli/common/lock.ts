/** Where lockfiles lie, and what `--frozen` does with them. @module */
import { join, relative } from "node:path";
import type { Assessment } from "../../pipeline/freshness/assess.ts";
import { type Context, fromUser, ROOT } from "./context.ts";
import type { Option } from "./help.ts";
import type { Options } from "./options.ts";

/** The option that names a lockfile. */
export const LOCKFILE = "lockfile";

/** `--frozen` for help texts. */
export const FROZEN_OPTIONS: readonly Option[] = [
  [
    "--frozen",
    "fail before anything runs if a cell would be computed again or is not as the " +
    "lockfile has it",
  ],
  ["--lockfile PATH", "the lockfile (default: lockfiles/<profile>.lock.yaml)"],
];

/** Path of a profile's lockfile, as given or where it is kept. */
export function lockPath(profile: string, given?: string): string {
  if (given !== undefined) return fromUser(given);
  const path = join(ROOT, "lockfiles", `${profile}.lock.yaml`);
  const short = relative(Deno.cwd(), path);
  return short.startsWith("..") ? path : short;
}

/**
 * The check of `--frozen`, made before anything runs; `undefined` where the option is not given.
 *
 * @throws {Error} If there is no lockfile; the check throws if a cell is not as locked
 */
export async function frozenCheck(
  { profile, cells }: Context,
  { flags, values }: Options,
): Promise<((assessments: readonly Assessment[]) => void) | undefined> {
  if (!flags.has("frozen")) return undefined;
  const { differenceLines, lockDifferences, readLock } = await import(
    "../../pipeline/answers/lockfile.ts"
  );
  const path = lockPath(profile.lockName, values[LOCKFILE]);
  const lock = readLock(path, profile.lockName, profile.argument);
  return (assessments) => {
    const differences = lockDifferences(lock, assessments, assessments.length === cells.length);
    if (differences.length === 0) return;
    const count = new Set(differences.map(({ cell }) => cell)).size;
    throw new Error(
      [
        `Cannot run frozen: ${
          count === 1 ? "1 cell is" : `${count} cells are`
        } not as ${path} has it; nothing was run`,
        ...differenceLines(differences),
        `If this is meant, run without --frozen, then "deno task lock --profile ${profile.argument} --update"`,
      ].join("\n"),
    );
  };
}
