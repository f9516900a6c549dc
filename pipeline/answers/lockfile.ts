/**
 * Lockfiles: which digests a profile's results consist of, as YAML that is committed with the code
 * and reads well in a review.
 *
 * @module
 */
import { parse, stringify } from "@std/yaml";
import { type Assessment, isFresh } from "../freshness/assess.ts";
import { type Digest, isDigest } from "../store/digest.ts";
import { writeAtomic } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { resultMetrics } from "../store/metrics.ts";
import type { StoredFile } from "../store/manifest.ts";

/** What a lockfile says of one cell. */
export interface LockedCell {
  readonly key: Key;
  readonly outputs: Readonly<Record<string, StoredFile>>;
  /** Headline numbers by name, times left out. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** The content of a lockfile. */
export interface Lockfile {
  readonly profile: string;
  /** By id, inputs first. */
  readonly cells: Readonly<Record<string, LockedCell>>;
}

/** How one cell differs from its lockfile. */
export interface LockDifference {
  readonly cell: string;
  readonly kind: "not locked" | "not in the profile" | "stale" | "key" | "outputs" | "metrics";
  /** For people, for example `model.safetensors is 1b4f0e98, locked as 9f86d081`. */
  readonly text: string;
}

/**
 * The lockfile of fresh cells, in the order in which they are declared.
 *
 * @throws {Error} If a cell is stale; the message names all that are
 */
export function lockOf(profile: string, assessments: readonly Assessment[]): Lockfile {
  const stale = assessments.filter((assessment) => !isFresh(assessment));
  if (stale.length > 0) {
    throw new Error(
      `Cannot lock profile "${profile}": expected fresh cells, but ${
        stale.length === 1 ? "1 is" : `${stale.length} are`
      } stale (${stale.map(({ cell }) => cell.id).join(", ")}); run "deno task pipeline"`,
    );
  }
  const cells: Record<string, LockedCell> = {};
  for (const { cell, manifest } of assessments) {
    const { key, outputs, metrics } = manifest!;
    const names = Object.keys(outputs).sort();
    cells[cell.id] = {
      key,
      outputs: Object.fromEntries(
        names.map((name) => [name, { digest: outputs[name].digest, size: outputs[name].size }]),
      ),
      metrics: resultMetrics(metrics),
    };
  }
  return { profile, cells };
}

/** How every lockfile of a profile begins. */
export function lockTitle(profile: string): string {
  return `# The results of profile "${profile}":`;
}

/**
 * A lockfile as YAML: one value a line, so that a change shows as the lines that changed.
 *
 * @param named What `--profile` takes for the profile
 */
export function lockText({ profile, cells }: Lockfile, named = profile): string {
  const header = `${lockTitle(profile)} key, outputs and numbers of every cell.
# Written by "deno task lock --profile ${named} --update"; compared by "deno task lock" and --frozen.
`;
  return header + stringify({ profile, cells });
}

/**
 * Reads a lockfile.
 *
 * @param named What `--profile` takes for the profile
 * @throws {Error} If there is none or it is not one; the message says how to write it
 */
export function readLock(path: string, profile: string, named = profile): Lockfile {
  const update = `run "deno task lock --profile ${named} --update"`;
  let content: unknown;
  try {
    content = parse(Deno.readTextFileSync(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new Error(`Cannot read the lockfile "${path}": there is none; ${update} to write it`);
    }
    if (!(error instanceof SyntaxError)) throw error;
    throw new Error(`Cannot read the lockfile "${path}": ${error.message.split("\n")[0]}`, {
      cause: error,
    });
  }
  const problem = lockProblem(content, profile);
  if (problem === undefined) return content as Lockfile;
  throw new Error(
    `Cannot read the lockfile "${path}": ${problem}; ${
      isOfAnother(content, profile)
        ? 'name its profile with "--profile" or another file with "--lockfile"'
        : `restore it from version control or ${update}`
    }`,
  );
}

/** Writes a lockfile so that a crash leaves either the old one or the new one. */
export function writeLock(path: string, lock: Lockfile, named?: string): void {
  writeAtomic(path, lockText(lock, named));
}

/**
 * How cells differ from a lockfile; empty if every one is fresh and as locked.
 *
 * @param whole Whether these are all cells, so that a locked cell that is not among them counts
 */
export function lockDifferences(
  { cells }: Lockfile,
  assessments: readonly Assessment[],
  whole = true,
): LockDifference[] {
  const ids = new Set(assessments.map(({ cell }) => cell.id));
  const gone = whole ? Object.keys(cells).filter((id) => !ids.has(id)) : [];
  return [
    ...assessments.flatMap((assessment) => cellDifferences(cells[assessment.cell.id], assessment)),
    ...gone.map((cell): LockDifference => ({
      cell,
      kind: "not in the profile",
      text: "is locked, but not in the profile",
    })),
  ];
}

/** One line for each difference. */
export function differenceLines(differences: readonly LockDifference[]): string[] {
  const width = Math.max(0, ...differences.map(({ cell }) => cell.length));
  return differences.map(({ cell, text }) => `  ${cell.padEnd(width)}  ${text}`);
}

function cellDifferences(
  locked: LockedCell | undefined,
  assessment: Assessment,
): LockDifference[] {
  const cell = assessment.cell.id;
  if (locked === undefined) return [{ cell, kind: "not locked", text: "is not in the lockfile" }];
  if (!isFresh(assessment)) {
    const why = assessment.reasons.map(({ text }) => text).join("; ");
    return [{ cell, kind: "stale", text: `would be computed again: ${why}` }];
  }
  const { key, outputs, metrics } = assessment.manifest;
  const differences: LockDifference[] = [];
  if (key !== locked.key) {
    const text = `key is ${short(key)}, locked as ${short(locked.key)}`;
    differences.push({ cell, kind: "key", text });
  }
  const files = changes(outputs, locked.outputs, (file) => file && short(file.digest));
  if (files.length > 0) differences.push({ cell, kind: "outputs", text: files.join(", ") });
  const numbers = changes(resultMetrics(metrics), locked.metrics, (number) => number?.toString());
  if (numbers.length > 0) differences.push({ cell, kind: "metrics", text: numbers.join(", ") });
  return differences;
}

/** Entries that differ, as `name is this, locked as that`. */
function changes<T>(
  now: Readonly<Record<string, T>>,
  locked: Readonly<Record<string, T>>,
  text: (value: T | undefined) => string | undefined,
): string[] {
  const names = [...new Set([...Object.keys(now), ...Object.keys(locked)])].sort();
  return names.flatMap((name) => {
    const [is, was] = [text(now[name]), text(locked[name])];
    if (is === was) return [];
    return [
      `${name} is ${is ?? "missing"}, ${was === undefined ? "not locked" : `locked as ${was}`}`,
    ];
  });
}

/** Enough of a digest to tell two apart. */
function short(digest: Digest): string {
  return digest.slice(0, 12);
}

const isOfAnother = (content: unknown, profile: string): boolean =>
  isRecord(content) && content.profile !== profile;

/** What keeps a value from being a profile's lockfile, if anything. */
function lockProblem(content: unknown, profile: string): string | undefined {
  if (!isRecord(content) || !isRecord(content.cells)) return 'expected "profile" and "cells"';
  if (isOfAnother(content, profile)) {
    return `expected profile "${profile}", found "${content.profile}"`;
  }
  for (const [id, cell] of Object.entries(content.cells)) {
    if (!isRecord(cell) || !isRecord(cell.outputs) || !isRecord(cell.metrics)) {
      return `expected key, outputs and metrics of cell "${id}"`;
    }
    const digests = [
      cell.key,
      ...Object.values(cell.outputs).map((file) => isRecord(file) && file.digest),
    ];
    if (!digests.every((digest) => typeof digest === "string" && isDigest(digest))) {
      return `expected a SHA-256 for the key and every output of cell "${id}"`;
    }
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
