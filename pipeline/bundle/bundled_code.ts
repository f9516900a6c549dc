/** Code that was bundled, on the machine that runs it. @module */
import { join } from "node:path";
import { readCodeRecord } from "../code/code_record.ts";
import type { Code, CodeOf } from "../code/code_digest.ts";
import type { StatCache } from "../code/stat_cache.ts";
import type { Digest } from "../store/digest.ts";
import {
  type BundledCell,
  type BundledRule,
  type BundledStage,
  recordPath,
  rulePath,
  stagePath,
  workerPath,
} from "./content.ts";

/** Modules come from what was bundled alone, whatever the machine has. */
export const ISOLATION: readonly string[] = ["--no-config", "--no-lock", "--no-remote", "--no-npm"];

/** The code of cells of one stage with the same rules. */
export type BundledCode = Pick<BundledCell, "stage" | "code" | "beneath" | "rules">;

/** Files that were bundled, and what they go by. */
export interface BundledFiles {
  readonly folder: string;
  /** For messages: `the bundle`. */
  readonly what: string;
  readonly stages: readonly BundledStage[];
  readonly codes: readonly BundledCode[];
  /** Of the files by their paths in the folder. */
  readonly digests: ReadonlyMap<string, Digest>;
}

const pathsOf = (stage: string, rules: readonly BundledRule[] = []) => [
  stagePath(stage),
  ...rules.map(rulePath),
];

/**
 * The code of bundled cells: one file a stage, worker or rule, whose digests stand for those of their
 * sources.
 */
export function bundledCode(
  { folder, what, stages, codes, digests }: BundledFiles,
  stats: Pick<StatCache, "digest">,
): Code {
  const checked = new Map<string, Promise<void>>();
  const byPaths = new Map(codes.map((code) => [pathsOf(code.stage, code.rules).join(), code]));
  /** Cells of the same stage and rules have the same code. */
  const codeOf = ({ stage, rules }: CodeOf) => {
    const found = byPaths.get(pathsOf(stage.name, rules).join());
    if (found !== undefined) return found;
    const named = (rules ?? []).map(({ kind, name }) => `${kind} ${name}`);
    throw new Error(
      `Cannot find the code of stage "${stage.name}" with ${
        named.join(", ") || "no rules"
      } in ${what}: it was not among what was bundled`,
    );
  };
  const filesOf = (code: CodeOf) => {
    const { workers = [] } = stages.find(({ name }) => name === code.stage.name)!;
    return [...pathsOf(code.stage.name, code.rules), ...workers.map(workerPath)];
  };
  const check = async (name: string) => {
    const path = join(folder, name), found = await stats.digest(path), digest = digests.get(name);
    if (found === digest) return;
    throw new Error(`Cannot use "${path}": its SHA-256 is ${found}, expected ${digest}`);
  };
  return {
    async digest(cell) {
      const { code } = codeOf(cell);
      for (const path of filesOf(cell)) {
        if (!checked.has(path)) checked.set(path, check(path));
        await checked.get(path);
      }
      return code;
    },
    beneath: (cell) => Promise.resolve(codeOf(cell).beneath),
    record(cell) {
      const { code } = codeOf(cell), record = readCodeRecord(join(folder, recordPath(code)), code);
      if (record !== undefined) return Promise.resolve(record);
      throw new Error(`Cannot read the record of the code of "${cell.stage.name}" in ${what}`);
    },
    files: (cell) => Promise.resolve(filesOf(cell).map((path) => join(folder, path))),
    late: () => Promise.resolve(false),
    refresh: () => checked.clear(),
    save: () => {},
  };
}
