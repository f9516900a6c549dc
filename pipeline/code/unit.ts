/**
 * One entry of a cell's code, a stage or a rule: its text without what it does not use, and what
 * that was made from.
 *
 * @module
 */
import { dirname, extname, join } from "node:path";
import { type Digest, digestOf } from "../store/digest.ts";
import { statIfPresent } from "../store/files.ts";
import type { Packages } from "./packages.ts";
import { shake, type Shaken } from "./shake.ts";
import type { StatCache } from "./stat_cache.ts";

/** A stage or a rule. */
export interface Unit {
  /** Digest of its text and of the files that it names. */
  readonly digest: Digest;
  /** Digests of the plain modules and files that it was made from, by path. */
  readonly sources: Readonly<Record<string, Digest>>;
  /** Specifiers of the packages that it loads. */
  readonly packages: readonly string[];
  /** Paths of the modules beneath the boundary that it uses. */
  readonly beneath: readonly string[];
}

/** A file that is run where it is named. */
const STARTED = /\.[mc]?[jt]s$/;

/** What making a unit takes. */
export interface UnitOptions {
  readonly root: string;
  readonly packages: Packages;
  readonly isBeneath: (path: string) => boolean;
  readonly stats: StatCache;
  /** Files that a module names by `new URL("…", import.meta.url)`. */
  readonly filesOf: (module: string) => Promise<readonly string[]>;
}

/**
 * Makes the unit of an entry. A module that it names by a URL, such as a worker's, counts as what that
 * runs, and any other file byte by byte.
 *
 * @throws {Error} If a module is missing or does not parse, or an import cannot be followed
 */
export async function makeUnit(entry: string, options: UnitOptions): Promise<Unit> {
  const { root, packages: { mapped }, isBeneath, stats } = options;
  const sources: Record<string, Digest> = {}, texts: string[] = [];
  const packages = new Set<string>(), beneath = new Set<string>();
  const entries = [entry];
  for (let next; (next = entries.shift()) !== undefined;) {
    const shaken: Shaken = await shake(next, { root, mapped, isBeneath });
    texts.push(shaken.text);
    for (const path of shaken.modules) sources[path] = await stats.digest(path);
    for (const name of shaken.packages) packages.add(name);
    for (const path of shaken.beneath) beneath.add(path);
    const files: Digest[] = [];
    for (const module of shaken.used.filter((path) => extname(path) !== ".json")) {
      for (const name of await options.filesOf(module)) {
        const path = join(dirname(module), name);
        if (!statIfPresent(path)?.isFile || path in sources) continue;
        sources[path] = await stats.digest(path);
        if (STARTED.test(path)) entries.push(path);
        else files.push(sources[path]);
      }
    }
    texts.push(...files);
  }
  return {
    digest: digestOf(texts.join("\n")),
    sources,
    packages: [...packages].sort(),
    beneath: [...beneath].sort(),
  };
}

/** Whether all that a unit was made from is as it was. */
export async function isCurrent({ sources }: Unit, stats: StatCache): Promise<boolean> {
  for (const [path, digest] of Object.entries(sources)) {
    if (statIfPresent(path) === undefined || await stats.digest(path) !== digest) return false;
  }
  return true;
}
