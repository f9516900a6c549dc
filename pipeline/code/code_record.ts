/**
 * What a stage's code consisted of when a cell ran, part by part: it tells which modules and
 * functions changed since.
 *
 * @module
 */
import { type Digest, digestOfValue } from "../store/digest.ts";
import { readJson, statIfPresent, writeAtomic } from "../store/files.ts";

/** All that enters the digest of a stage's code. */
export interface CodeContent {
  /** Path of the entry, relative to the repository like all paths here. */
  readonly entry: string;
  /** Digests of modules and files by path. */
  readonly modules: Readonly<Record<string, Digest>>;
  /** One line each: registry, name, version and integrity. */
  readonly packages: readonly string[];
}

/** The content with the parts of its modules. */
export interface CodeRecord extends CodeContent {
  /** By module, digests of its top-level declarations by name. */
  readonly declarations: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** How one module or package differs. */
export interface CodeChange {
  /** A module's path, or a package's registry and name. */
  readonly name: string;
  readonly kind: "changed" | "added" | "removed";
  /** Of a changed module, where its declarations are recorded: those that differ. */
  readonly declarations?: readonly string[];
  /** Of a package: version and integrity. */
  readonly before?: string;
  readonly now?: string;
}

/** The digest that enters a key. */
export function codeDigest({ entry, modules, packages }: CodeContent): Digest {
  return digestOfValue("code", { entry, modules: { ...modules }, packages: [...packages] });
}

/** Keeps a record where it is not kept yet. */
export async function keepCodeRecord(
  path: string,
  digest: Digest,
  make: () => Promise<CodeRecord>,
): Promise<void> {
  if (statIfPresent(path) !== undefined) return;
  const record = await make();
  // Files edited in between make it the record of other code.
  if (codeDigest(record) === digest) writeAtomic(path, JSON.stringify(record));
}

/** Reads a record; `undefined` if there is none, or it is not that of the digest. */
export function readCodeRecord(path: string, digest: Digest): CodeRecord | undefined {
  const record = readJson<CodeRecord>(path);
  try {
    return record !== undefined && codeDigest(record) === digest ? record : undefined;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Which modules, declarations and packages differ. */
export function codeChanges(before: CodeRecord, now: CodeRecord): CodeChange[] {
  const entry: CodeChange[] = before.entry === now.entry
    ? []
    : [{ name: "entry", kind: "changed", before: before.entry, now: now.entry }];
  const modules = differing(before.modules, now.modules).map(({ name, kind }): CodeChange => {
    const [was, is] = [before.declarations[name], now.declarations[name]];
    return kind !== "changed" || was === undefined || is === undefined
      ? { name, kind }
      : { name, kind, declarations: differing(was, is).map(({ name }) => name) };
  });
  const packages = differing(packagesOf(before), packagesOf(now));
  return [...entry, ...modules, ...packages];
}

/** Versions and integrities by package; of a package in several versions, all of them. */
function packagesOf({ packages }: CodeContent): Record<string, string> {
  const found: Record<string, string> = {};
  for (const line of packages) {
    const [, name, version = ""] = /^(.+?[^:/])(?:@(.*))?$/.exec(line)!;
    found[name] = name in found ? `${found[name]}, ${version}` : version;
  }
  return found;
}

function differing(
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): Required<Pick<CodeChange, "name" | "kind" | "before" | "now">>[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])].sort();
  return names.filter((name) => before[name] !== now[name]).map((name) => ({
    name,
    kind: !(name in before) ? "added" : !(name in now) ? "removed" : "changed",
    before: before[name] ?? "",
    now: now[name] ?? "",
  }));
}
