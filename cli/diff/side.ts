/** The two tables that `diff` compares: a lockfile's, or the one that a profile's last run made. @module */
import { parse } from "@std/yaml";
import { readLock } from "../../pipeline/answers/lockfile.ts";
import { openRuns } from "../../pipeline/answers/lineage.ts";
import { nearest } from "../../pipeline/cells/nearest.ts";
import { isProfilePath, profileIdentity, profileNames } from "../../pipeline/profile/identity.ts";
import type { Digest } from "../../pipeline/store/digest.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { systemProblem } from "../../pipeline/store/system_error.ts";
import { UsageError } from "../common/flags.ts";
import { fromUser } from "../common/paths.ts";

/** A cell as its table used it. */
export interface SideCell {
  readonly outputs: Readonly<Record<string, Digest>>;
  /** Headline numbers; empty where the run's record is no longer in the store. */
  readonly metrics: Readonly<Record<string, number>>;
  /** The run's record, if it is in the store. */
  readonly manifest?: Manifest;
}

/** One of the two tables. */
export interface Side {
  /** As it was given. */
  readonly name: string;
  readonly kind: "lockfile" | "profile";
  /** When a profile's table was made, ISO 8601. */
  readonly finished?: string;
  /** Cells of the table by id. */
  readonly cells: Readonly<Record<string, SideCell>>;
}

/**
 * Opens a table.
 *
 * @param name Path of a lockfile, or what `--profile` takes
 * @throws {UsageError} If there is no such lockfile or profile
 * @throws {Error} If the lockfile is damaged, or the profile has no table yet
 */
export function openSide(name: string, store: Store): Side {
  if (!isProfilePath(name)) {
    const known = profileNames();
    if (known.includes(name)) return lastTable(name, name, store);
    const [best] = nearest(name, known, 1);
    throw new UsageError(
      `Cannot compare "${name}": expected a profile such as "${best}", or the path of a lockfile or ` +
        "of a profile's YAML file",
    );
  }
  const path = fromUser(name), locked = lockedProfile(name, path);
  if (locked === undefined) return lastTable(name, path, store);
  const { cells } = readLock(path, locked);
  return {
    ...{ name, kind: "lockfile" },
    cells: Object.fromEntries(
      Object.entries(cells).map(([id, { key, outputs, metrics }]) => {
        const manifest = store.manifest(key);
        return [id, { outputs: digests(outputs), metrics, ...manifest && { manifest } }];
      }),
    ),
  };
}

/** The profile that a lockfile is of; `undefined` if the file is no lockfile. */
function lockedProfile(name: string, path: string): string | undefined {
  let content: unknown;
  try {
    content = parse(Deno.readTextFileSync(path));
  } catch (error) {
    const problem = error instanceof SyntaxError
      ? error.message.split("\n")[0]
      : systemProblem(error);
    throw new UsageError(
      `Cannot read "${name}": ${problem}; expected a lockfile or a profile's YAML file`,
      { cause: error },
    );
  }
  const { profile, cells } = (content ?? {}) as { profile?: unknown; cells?: unknown };
  return cells === undefined ? undefined : String(profile);
}

/** The table that a profile's last run made, as its inputs were then. */
function lastTable(name: string, given: string, store: Store): Side {
  const { id } = profileIdentity(given), aggregate = store.latest(id, "aggregate");
  if (aggregate === undefined) {
    throw new Error(
      `Cannot compare "${name}": the profile has no table in "${store.folder}"; run ` +
        `"deno task pipeline${
          name === "demo" ? "" : ` --profile ${name}`
        }", or name the store that ` +
        'has it with "--store"',
    );
  }
  const find = openRuns(store, id);
  return {
    ...{ name, kind: "profile", finished: aggregate.provenance.finished },
    cells: Object.fromEntries(
      Object.entries(aggregate.inputs).map(([cell, outputs]) => {
        const manifest = find(cell, outputs);
        return [cell, { outputs, metrics: manifest?.metrics ?? {}, ...manifest && { manifest } }];
      }),
    ),
  };
}

const digests = (files: Readonly<Record<string, { readonly digest: Digest }>>) =>
  Object.fromEntries(Object.entries(files).map(([file, { digest }]) => [file, digest]));
