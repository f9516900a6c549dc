/**
 * The content-addressed store: immutable objects named by their SHA-256, and manifests that say
 * which cell left which objects. A cell is done when its manifest is there, and not before.
 *
 * @module
 */
import { join } from "node:path";
import { type Digest, digestOfFile } from "./digest.ts";
import { readJson, removeIfPresent, statIfPresent, syncFolder, writeAtomic } from "./files.ts";
import type { Ingredients, Key } from "./key.ts";
import type { Json } from "./stage.ts";

/** One output file in the store. */
export interface StoredFile {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** What a finished cell leaves. */
export interface Manifest extends Ingredients {
  readonly key: Key;
  readonly cell: string;
  readonly outputs: Readonly<Record<string, StoredFile>>;
  /** Headline numbers by name. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Engine, versions, host, times; not part of the key. */
  readonly provenance: Provenance;
}

/** Where, when and with what a cell was computed. */
export interface Provenance {
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly finished: string;
  /** Wall-clock seconds of the process that finished the cell. */
  readonly seconds: number;
  readonly [name: string]: Json;
}

/** Why an object cannot be used. */
export type Defect = "missing" | "damaged";

/** A folder with objects, manifests and the work of running cells. */
export interface Store {
  readonly folder: string;
  /** Where an object lies; it need not exist. */
  readonly object: (digest: Digest) => string;
  /** The manifest of a key, if that cell was ever finished. */
  readonly manifest: (key: Key) => Manifest | undefined;
  /** The manifest that a profile used last for a cell. */
  readonly latest: (profile: string, cell: string) => Manifest | undefined;
  /** Remembers which manifest a profile uses for a cell. */
  readonly point: (profile: string, cell: string, key: Key) => void;
  /** First look at an output: is it there and of the right size? */
  readonly inspect: (file: StoredFile) => Defect | undefined;
  /** Thorough look: hashes the content, and removes the object if it is not what its name says. */
  readonly verify: (file: StoredFile) => Promise<Defect | undefined>;
  /** Moves a finished cell's files into the store, its manifest last. */
  readonly publish: (
    manifest: Omit<Manifest, "outputs">,
    folder: string,
    names: readonly string[],
  ) => Promise<Manifest>;
  /** Folder of a key's unfinished work; survives a crash. */
  readonly work: (key: Key) => string;
  /** File of a key's lease. */
  readonly lease: (key: Key) => string;
  /** File that says what code of a digest consists of; lost, it can no longer be told what changed. */
  readonly code: (digest: Digest) => string;
  /** Folder of caches, which may be deleted at any time. */
  readonly cache: string;
  /** Folder where people find a profile's results. */
  readonly results: (profile: string) => string;
}

/** Opens a store; its folders come into being when something is written. */
export function openStore(folder: string): Store {
  const object = (digest: Digest) => join(folder, "objects", digest.slice(0, 2), digest);
  const manifestPath = (key: Key) => join(folder, "manifests", `${key}.json`);
  const pointer = (profile: string, cell: string) =>
    join(folder, "latest", profile, `${cell.replaceAll(":", ".")}.json`);

  const manifest = (key: Key) => {
    const found = readJson<Manifest>(manifestPath(key));
    return found?.key === key ? found : undefined;
  };

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

  return {
    folder,
    object,
    manifest,
    latest(profile, cell) {
      const key = readJson<{ key: Key }>(pointer(profile, cell))?.key;
      return key === undefined ? undefined : manifest(key);
    },
    point: (profile, cell, key) => writeAtomic(pointer(profile, cell), JSON.stringify({ key })),
    inspect,
    async verify(file) {
      const defect = inspect(file);
      if (defect === "missing") return defect;
      if (defect === undefined && await digestOfFile(object(file.digest)) === file.digest) return;
      removeIfPresent(object(file.digest));
      return "damaged";
    },
    async publish(manifest, from, names) {
      const outputs: Record<string, StoredFile> = {};
      for (const name of names) outputs[name] = await keep(join(from, name));
      const complete: Manifest = { ...manifest, outputs };
      writeAtomic(manifestPath(manifest.key), JSON.stringify(complete, null, 2) + "\n");
      return complete;
    },
    work: (key) => join(folder, "work", key),
    lease: (key) => join(folder, "work", `${key}.lease`),
    code: (digest) => join(folder, "code", `${digest}.json`),
    cache: join(folder, "cache"),
    results: (profile) => join(folder, "results", profile),
  };
}

function ignoreUnsupported(error: unknown): void {
  if (!(error instanceof Deno.errors.NotSupported)) throw error;
}
