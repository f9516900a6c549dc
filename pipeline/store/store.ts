/**
 * The content-addressed store: immutable objects named by their SHA-256, and manifests that say
 * which cell left which objects. A cell is done when its manifest is there, and not before.
 *
 * @module
 */
import { join } from "node:path";
import { type Digest, digestIfPresent, digestOfFile, isDigest } from "./digest.ts";
import { moveAside, readJson, statIfPresent, syncFolder, writeAtomic } from "./files.ts";
import type { Key } from "./key.ts";
import {
  type Defect,
  type Manifest,
  type ManifestReading,
  manifestText,
  readManifest,
  type StoredFile,
} from "./manifest.ts";
import { checkStoreFolder } from "./folder.ts";

/** A folder with objects, manifests and the work of running cells. */
export interface Store {
  readonly folder: string;
  /** Where an object lies; it need not exist. */
  readonly object: (digest: Digest) => string;
  /** The manifest of a key, if that cell was ever finished and its manifest is sound. */
  readonly manifest: (key: Key) => Manifest | undefined;
  /** Why there is no manifest of a key. */
  readonly manifestDefect: (key: Key) => Defect | undefined;
  /** The manifest that a profile used last for a cell. */
  readonly latest: (profile: string, cell: string) => Manifest | undefined;
  /** Its key, whether or not there still is a manifest of it. */
  readonly latestKey: (profile: string, cell: string) => Key | undefined;
  /** Remembers which manifest a profile uses for a cell. */
  readonly setLatest: (profile: string, cell: string, key: Key) => void;
  /** First look at an output: is it there and of the right size? */
  readonly inspect: (file: StoredFile) => Defect | undefined;
  /** Thorough look: hashes the content; an object that is not what its name says is put aside. */
  readonly verify: (file: StoredFile) => Promise<Defect | undefined>;
  /** Moves a finished cell's files into the store, its manifest last. */
  readonly publish: (
    manifest: Omit<Manifest, "outputs">,
    folder: string,
    names: readonly string[],
  ) => Promise<Manifest>;
  /** Publishes a manifest whose outputs are in the store. */
  readonly record: (manifest: Manifest) => void;
  /** Folder of a key's unfinished work; survives a crash. */
  readonly work: (key: Key) => string;
  /** File of a key's lease. */
  readonly lease: (key: Key) => string;
  /** File that says what code of a digest consists of; lost, it can no longer be told what changed. */
  readonly code: (digest: Digest) => string;
  /** Folder of these files. */
  readonly codes: string;
  /** Folder where damaged files are put aside. */
  readonly quarantine: string;
  /** Folder of caches, which may be deleted at any time. */
  readonly cache: string;
  /** Folder where people find a profile's results. */
  readonly results: (profile: string) => string;
}

/**
 * Opens a store; its folders come into being when something is written.
 *
 * @throws {Error} If stages could not use the folder
 */
export function openStore(folder: string): Store {
  checkStoreFolder(folder);
  const object = (digest: Digest) => join(folder, "objects", digest.slice(0, 2), digest);
  const manifestPath = (key: Key) => join(folder, "manifests", `${key}.json`);
  const latestPath = (profile: string, cell: string) =>
    join(folder, "latest", fileName(profile), `${fileName(cell)}.json`);
  const quarantine = join(folder, "quarantine");

  const reading = (key: Key): ManifestReading => {
    const found = readManifest(manifestPath(key));
    return found.kind === "sound" && found.manifest.key !== key ? { kind: "damaged" } : found;
  };
  const manifest = (key: Key) => {
    const found = reading(key);
    return found.kind === "sound" ? found.manifest : undefined;
  };

  function latestKey(profile: string, cell: string): Key | undefined {
    const key = readJson<{ key: Key }>(latestPath(profile, cell))?.key;
    return typeof key === "string" && isDigest(key) ? key : undefined;
  }

  function inspect({ digest, size }: StoredFile): Defect | undefined {
    const info = statIfPresent(object(digest));
    if (info === undefined) return "missing";
    return info.isFile && info.size === size ? undefined : "damaged";
  }

  /** Gives a file its permanent name; the name is its content, so replacing is harmless. */
  async function keep(path: string): Promise<StoredFile> {
    await Deno.chmod(path, 0o444).catch(ignoreUnsupported);
    const digest = await digestOfFile(path);
    {
      using file = await Deno.open(path);
      await file.sync();
    }
    const target = object(digest), parent = join(target, "..");
    await Deno.mkdir(parent, { recursive: true });
    const { size } = await Deno.stat(path);
    await Deno.rename(path, target);
    syncFolder(parent);
    return { digest, size };
  }

  function record(complete: Manifest): void {
    const path = manifestPath(complete.key), before = statIfPresent(path);
    if (before !== undefined && readManifest(path).kind === "damaged") {
      moveAside(path, quarantine, before);
    }
    writeAtomic(path, manifestText(complete));
  }

  return {
    folder,
    object,
    manifest,
    manifestDefect(key) {
      const { kind } = reading(key);
      return kind === "sound" ? undefined : kind;
    },
    latest(profile, cell) {
      const key = latestKey(profile, cell);
      return key && manifest(key);
    },
    latestKey,
    setLatest: (profile, cell, key) =>
      writeAtomic(latestPath(profile, cell), JSON.stringify({ key })),
    inspect,
    async verify(file) {
      const path = object(file.digest);
      while (true) {
        const info = statIfPresent(path);
        if (info === undefined) return "missing";
        const plain = info.isFile && info.size === file.size;
        if (plain && await digestIfPresent(path) === file.digest) return;
        // Hashing takes long: what another pipeline has put there since is looked at anew.
        if (moveAside(path, quarantine, info) !== undefined) return "damaged";
      }
    },
    async publish(manifest, from, names) {
      const outputs: Record<string, StoredFile> = {};
      for (const name of names) outputs[name] = await keep(join(from, name));
      const complete: Manifest = { ...manifest, outputs };
      record(complete);
      return complete;
    },
    record,
    work: (key) => join(folder, "work", key),
    lease: (key) => join(folder, "work", `${key}.lease`),
    code: (digest) => join(folder, "code", `${digest}.json`),
    codes: join(folder, "code"),
    quarantine,
    cache: join(folder, "cache"),
    results: (profile) => join(folder, "results", profile),
  };
}

/** A name of a cell or a profile as one of a file: `.` for `:`, percent signs for all that is odd. */
function fileName(name: string): string {
  const bytes = (text: string) => [...new TextEncoder().encode(text)];
  return name.replace(
    /[^\w:@+=-]/gu,
    (odd) => bytes(odd).map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
  ).replaceAll(":", ".");
}

function ignoreUnsupported(error: unknown): void {
  if (!(error instanceof Deno.errors.NotSupported)) throw error;
}
