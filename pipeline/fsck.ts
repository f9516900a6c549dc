/**
 * Looks at everything a store holds: every object is hashed, every manifest and pointer checked, and
 * what crashes left is listed.
 *
 * @module
 */
import { hostname } from "node:os";
import { basename, join, relative } from "node:path";
import { digestOfFile, isDigest } from "./digest.ts";
import { moveAside, readJson, statIfPresent, writeAtomic } from "./files.ts";
import { type Key, keyOf } from "./key.ts";
import { type Owner, processAlive } from "./lease.ts";
import { manifestText, readManifest } from "./manifest.ts";
import type { Manifest, Store } from "./store.ts";

/** One thing that {@linkcode fsck} found. */
export interface Finding {
  readonly kind:
    | "object damaged"
    | "output missing"
    | "manifest damaged"
    | "pointer damaged"
    | "code record damaged"
    | "foreign file"
    | "stale cell"
    | "manifest without digest"
    | "orphan"
    | "unfinished work"
    | "lease without owner"
    | "temporary file";
  /** Whether something is wrong; otherwise it is good to know only. */
  readonly fault: boolean;
  /** Relative to the store. */
  readonly path: string;
  /** Cells that are affected, where that can be told. */
  readonly cells: readonly string[];
  readonly text: string;
  /** What the repair did. */
  readonly repaired?: string;
}

/** What {@linkcode fsck} saw. */
export interface StoreReport {
  readonly objects: number;
  /** Bytes hashed. */
  readonly bytes: number;
  readonly manifests: number;
  readonly findings: readonly Finding[];
}

/** Options of {@linkcode fsck}. */
export interface FsckOptions {
  /** Moves what is damaged, and the manifests that need it, to the quarantine. */
  readonly repair?: boolean;
  /** Files that are read at a time. */
  readonly jobs?: number;
  /** Called after every object. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Checks a store; without `repair` nothing is written. */
export async function fsck(store: Store, options: FsckOptions = {}): Promise<StoreReport> {
  const { repair = false, jobs = 2, onProgress } = options;
  const { folder } = store, findings: Finding[] = [];
  const aside = (path: string) => `moved to ${relative(folder, moveAside(path, store.quarantine))}`;
  const found = (
    kind: Finding["kind"],
    path: string,
    text: string,
    more: { fault?: boolean; cells?: readonly string[]; mend?: () => string } = {},
  ) => {
    const { fault = true, cells = [], mend } = more;
    const repaired = repair ? mend?.() : undefined;
    findings.push({
      kind,
      fault,
      path: relative(folder, path),
      cells,
      text,
      ...repaired === undefined ? {} : { repaired },
    });
  };

  const pointers = filesBelow(join(folder, "latest")).map((path) => ({
    path,
    key: readJson<{ key: Key }>(path)?.key,
  }));
  /** The name that pointers give a cell whose manifest cannot tell it. */
  const pointedAs = (key: string) => [
    ...new Set(
      pointers.filter((pointer) => pointer.key === key)
        .map(({ path }) => decodeURIComponent(basename(path, ".json").replaceAll(".", ":"))),
    ),
  ];

  // What was published after its object was listed would look as if it lacked the object.
  const manifests = new Map<string, Manifest>(),
    manifestFiles = filesBelow(join(folder, "manifests"));
  for (const path of manifestFiles) {
    const name = basename(path);
    if (name.endsWith(".tmp")) continue;
    if (name.endsWith(".attestations.json")) {
      if (!Array.isArray(readJson(path))) {
        found("manifest damaged", path, "is not a list of attestations", {
          mend: () => aside(path),
        });
      }
      continue;
    }
    const key = basename(path, ".json"), reading = readManifest(path);
    if (!isDigest(key)) found("foreign file", path, "is not named as a manifest");
    else if (
      reading.kind === "sound" && reading.manifest.key === key && keyOf(reading.manifest) === key
    ) {
      const { manifest, sealed } = reading;
      manifests.set(key, manifest);
      if (!sealed) {
        found("manifest without digest", path, "was written by an earlier version", {
          fault: false,
          cells: [manifest.cell],
          mend: () => {
            writeAtomic(path, manifestText(manifest));
            return "its digest was added";
          },
        });
      }
    } else if (reading.kind !== "missing") {
      found("manifest damaged", path, "its bytes are not what they were", {
        cells: pointedAs(key),
        mend: () => aside(path),
      });
    }
  }

  const sound = new Set<string>(), damaged = new Set<string>();
  const users = new Map<string, Manifest[]>();
  for (const manifest of manifests.values()) {
    for (const { digest } of Object.values(manifest.outputs)) {
      users.set(digest, [...users.get(digest) ?? [], manifest]);
    }
  }
  const cellsOf = (digest: string) =>
    [...new Set((users.get(digest) ?? []).map(({ cell }) => cell))].sort();
  const objects = filesBelow(join(folder, "objects"));
  let done = 0, bytes = 0;
  await inParallel(objects, jobs, async (path) => {
    const name = basename(path), info = statIfPresent(path);
    if (!isDigest(name) || store.object(name) !== path || !info?.isFile) {
      found("foreign file", path, "is not named as an object");
    } else if (await digestOfFile(path) !== name) {
      damaged.add(name);
      found("object damaged", path, "its bytes are not what its name says", {
        cells: cellsOf(name),
        mend: () => aside(path),
      });
    } else {
      sound.add(name);
      if (!users.has(name)) {
        found("orphan", path, "no manifest names it", { fault: false });
      }
    }
    bytes += info?.size ?? 0;
    onProgress?.(++done, objects.length);
  });

  for (const [key, manifest] of manifests) {
    const path = join(folder, "manifests", `${key}.json`);
    const lacking = Object.entries(manifest.outputs).filter(([, { digest, size }]) =>
      !sound.has(digest) || store.inspect({ digest, size }) !== undefined
    );
    if (lacking.length === 0) continue;
    const missing = lacking.filter(([, { digest }]) => !damaged.has(digest));
    for (const [name, { digest, size }] of missing) {
      const text = sound.has(digest)
        ? `${name} has not the size ${size} that the manifest says`
        : `${name} is not in the store`;
      found("output missing", path, text, { cells: [manifest.cell] });
    }
    if (repair) {
      found("stale cell", path, "it needs what is not there, so it runs again", {
        fault: false,
        cells: [manifest.cell],
        mend: () => aside(path),
      });
      manifests.delete(key);
    }
  }

  for (const { path, key } of pointers) {
    if (path.endsWith(".tmp")) continue;
    const known = typeof key === "string" && manifests.has(key);
    if (known && Deno.readTextFileSync(path) === JSON.stringify({ key })) continue;
    const text = typeof key !== "string" || known ? "is no pointer" : "its manifest is not there";
    found("pointer damaged", path, text, {
      cells: [decodeURIComponent(basename(path, ".json").replaceAll(".", ":"))],
      mend: () => aside(path),
    });
  }

  for (const path of filesBelow(join(folder, "code"))) {
    if (path.endsWith(".json") && readJson(path) === undefined) {
      found("code record damaged", path, "is not JSON", { mend: () => aside(path) });
    }
  }
  lookAtWork(store, found);
  for (const part of ["manifests", "latest", "code"]) {
    for (const path of filesBelow(join(folder, part))) {
      if (path.endsWith(".tmp")) {
        found("temporary file", path, "a crash left it", { fault: false });
      }
    }
  }
  return { objects: objects.length, bytes, manifests: manifestFiles.length, findings };
}

/** Unfinished work and leases; neither is wrong. */
function lookAtWork(
  store: Store,
  found: (
    kind: Finding["kind"],
    path: string,
    text: string,
    more: { fault: boolean; cells?: string[] },
  ) => void,
): void {
  const folder = join(store.folder, "work");
  if (statIfPresent(folder) === undefined) return;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = join(folder, name), key = basename(name, ".lease") as Key;
    const owner = leaseOwner(store, key);
    if (name.endsWith(".lease")) {
      if (owner !== undefined && !ownerGone(owner)) continue;
      found("lease without owner", path, "its owner is gone; the next run takes over", {
        fault: false,
      });
    } else if (isDirectory && (owner === undefined || ownerGone(owner))) {
      const cell = readJson<{ cell: string }>(join(path, "job.json"))?.cell;
      found("unfinished work", path, "the next run of the cell goes on from there", {
        fault: false,
        cells: cell === undefined ? [] : [cell],
      });
    }
  }
}

/** Who holds a key's lease, if anyone. */
export function leaseOwner(store: Store, key: Key): Owner | undefined {
  return readJson<Owner>(store.lease(key));
}

/** Whether an owner and its worker are known to be gone; of other hosts nothing is known. */
export function ownerGone({ host, pid, worker }: Owner): boolean {
  return host === hostname() && !processAlive(pid) &&
    !(worker !== undefined && processAlive(worker));
}

/** Paths of all files below a folder, in order; none if it is not there. */
export function filesBelow(folder: string): string[] {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return entries.flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(join(folder, name)) : [join(folder, name)]
  );
}

async function inParallel<T>(
  items: readonly T[],
  jobs: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  await Promise.all(Array.from({ length: jobs }, async () => {
    for (const item of queue) await work(item);
  }));
}

/** A report for people. */
export function fsckLines({ objects, bytes, manifests, findings }: StoreReport): string[] {
  const faults = findings.filter(({ fault }) => fault).length;
  return [
    ...findings.map(({ kind, fault, path, cells, text, repaired }) =>
      [
        `${fault ? "wrong" : "note "}  ${kind}: ${path}`,
        `, ${text}`,
        ...cells.length > 0 ? [` (${cells.join(", ")})`] : [],
        ...repaired === undefined ? [] : [`; ${repaired}`],
      ].join("")
    ),
    `Looked at ${objects} objects (${bytes} bytes) and ${manifests} files of manifests: ` +
    (faults === 0 ? "nothing is wrong" : `${faults} wrong`),
  ];
}
