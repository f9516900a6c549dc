/**
 * What a stage's code consisted of when a cell ran, part by part: it tells which modules and
 * functions changed since.
 *
 * @module
 */
import { type Digest, digestOf, digestOfValue } from "../store/digest.ts";
import { readJson, statIfPresent, writeAtomic } from "../store/files.ts";

/** What the digest of a cell's code is made of, and what that was made from. */
export interface CodeContent {
  /** Digests of the stage (`stage`) and of rules (`activation gelu`) without what they do not use. */
  readonly units: Readonly<Record<string, Digest>>;
  /** Digests of modules and files by path, relative to the repository, used or not. */
  readonly modules: Readonly<Record<string, Digest>>;
  /** One line each: registry, name, version and integrity. */
  readonly packages: readonly string[];
  /** Digest of the plain sources. */
  readonly sources: Digest;
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
export function codeDigest({ units, packages }: Pick<CodeContent, "units" | "packages">): Digest {
  return digestOfValue("code", { units: { ...units }, packages: [...packages] });
}

/** The digest that entered keys when code was told apart by stages, and modules counted whole. */
function codeDigestByStage({ entry, modules, packages }: CodeRecord & { entry: string }): Digest {
  return digestOfValue("code", { entry, modules: { ...modules }, packages: [...packages] });
}

/** A record as it is kept, with a digest of all of it: keys hold that of its units alone. */
export function codeRecordText(record: CodeRecord): string {
  return JSON.stringify({ ...record, seal: sealOf(record) });
}

const sealOf = ({ units, modules, packages, sources, declarations }: CodeRecord): Digest =>
  digestOf(`code record\0${JSON.stringify([units, modules, packages, sources, declarations])}`);

/** Whether a record is the one of a digest, and as it was written. */
function isOf(record: CodeRecord & { seal?: Digest; entry?: string }, digest: Digest): boolean {
  return record.entry !== undefined
    ? codeDigestByStage({ ...record, entry: record.entry }) === digest
    : codeDigest(record) === digest && sealOf(record) === record.seal;
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
  if (codeDigest(record) === digest) writeAtomic(path, codeRecordText(record));
}

/** Reads a record; `undefined` if there is none, or it is not that of the digest. */
export function readCodeRecord(path: string, digest: Digest): CodeRecord | undefined {
  const found = readJson<CodeRecord & { seal?: Digest }>(path);
  try {
    if (found === undefined || !isOf(found, digest)) return undefined;
    const { seal: _, ...record } = found;
    return record;
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** Which modules, declarations and packages differ. */
export function codeChanges(before: CodeRecord, now: CodeRecord): CodeChange[] {
  const modules = differing(before.modules, now.modules).map(({ name, kind }): CodeChange => {
    const [was, is] = [before.declarations[name], now.declarations[name]];
    return kind !== "changed" || was === undefined || is === undefined
      ? { name, kind }
      : { name, kind, declarations: differing(was, is).map(({ name }) => name) };
  });
  const packages = differing(packagesOf(before), packagesOf(now));
  return [...modules, ...packages];
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
