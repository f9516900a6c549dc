/** A mounted folder as a remote. @module */
import { createHash } from "node:crypto";
import { dirname, join, relative } from "node:path";
import { messageOf } from "../../lib/std/message_of.ts";
import { filesBelow, removeIfPresent, statIfPresent } from "../store/files.ts";
import { exclusively } from "../store/lease.ts";
import { folderOf, nameAt, pathOf } from "./names.ts";
import { locally, type Remote, type RemoteName, type Version } from "./remote.ts";

/**
 * A mounted folder, laid out as a store: another machine's store can be one. The version of a thing is
 * the digest of its content.
 *
 * @throws {Error} If there is no such folder; it is not made, because it may only not be mounted
 */
export function openRemoteFolder(folder: string): Remote {
  let found: Deno.FileInfo | undefined;
  try {
    found = statIfPresent(folder);
  } catch (error) {
    throw new Error(`Cannot use the remote store "${folder}": ${messageOf(error)}`, {
      cause: error,
    });
  }
  if (!found?.isDirectory) {
    throw new Error(
      `Cannot use the remote store "${folder}": ${
        found === undefined ? "there is no such folder" : "it is no folder"
      }; mount it, or make it with "mkdir"`,
    );
  }
  const where = (name: RemoteName) => join(folder, pathOf(name));
  return {
    place: folder,
    where,
    has: (names) =>
      Promise.resolve(new Set(names.filter((name) => statIfPresent(where(name))?.isFile === true))),
    async get(name, to) {
      using from = await openIfPresent(where(name));
      if (from === undefined) return undefined;
      using target = await locally(() => Deno.open(to, { write: true, createNew: true }));
      const hash = createHash("sha256");
      await copy(
        async (buffer) => {
          const count = await from.read(buffer);
          hash.update(buffer.subarray(0, count ?? 0));
          return count;
        },
        (bytes) => locally(() => target.write(bytes)),
      );
      return hash.digest("hex") as Version;
    },
    async put(name, from, how) {
      using source = await locally(() => Deno.open(from));
      const target = where(name);
      await Deno.mkdir(dirname(target), { recursive: true });
      const temporary = `${target}.${crypto.randomUUID().slice(0, 8)}.tmp`;
      try {
        {
          using file = await Deno.open(temporary, { write: true, createNew: true });
          await copy(
            (buffer) => locally(() => source.read(buffer)),
            (bytes) => file.write(bytes),
          );
          await file.sync();
        }
        if (name.kind === "object") await Deno.chmod(temporary, 0o444).catch(() => {});
        if (how === "replace") {
          await Deno.rename(temporary, target);
          return "written";
        }
        if (how === "once") return linkOnce(temporary, target) ? "written" : "lost";
        // Others may have read the same: only the first of them finds it unchanged.
        return await exclusively(join(folder, "work", "remote"), () => {
          const still = statIfPresent(target) === undefined
            ? undefined
            : createHash("sha256").update(Deno.readFileSync(target)).digest("hex");
          if (still !== how.match) return "lost";
          Deno.renameSync(temporary, target);
          return "written";
        });
      } finally {
        removeIfPresent(temporary);
      }
    },
    async *list(kind) {
      for (const path of filesBelow(join(folder, folderOf(kind)))) {
        const name = nameAt(relative(folder, path).replaceAll("\\", "/"), kind);
        const info = name && statIfPresent(path);
        if (info) yield { name: name!, size: info.size, written: info.mtime?.getTime() ?? 0 };
      }
    },
    remove: (name) => Promise.resolve(removeIfPresent(where(name))),
    unfinished: () =>
      Promise.resolve(
        (["object", "code", "manifest", "attempt"] as const)
          .flatMap((kind) => filesBelow(join(folder, folderOf(kind))))
          .filter((path) => path.endsWith(".tmp"))
          .map((path) => ({
            where: path,
            begun: statIfPresent(path)?.mtime?.getTime() ?? 0,
            discard: () => Promise.resolve(removeIfPresent(path)),
          })),
      ),
  };
}

/** Opens a file; `undefined` where none is, whoever removed it this very moment. */
async function openIfPresent(path: string): Promise<Deno.FsFile | undefined> {
  try {
    const file = await Deno.open(path);
    if ((await file.stat()).isFile) return file;
    file.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** Copies all there is to read. */
async function copy(
  read: (buffer: Uint8Array) => Promise<number | null>,
  write: (bytes: Uint8Array) => Promise<number>,
): Promise<void> {
  const buffer = new Uint8Array(1 << 20);
  for (let count; (count = await read(buffer)) !== null;) {
    for (let at = 0; at < count;) at += await write(buffer.subarray(at, count));
  }
}

/** Gives a file its name unless that is taken; false if it is. */
function linkOnce(from: string, to: string): boolean {
  try {
    Deno.linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    // A file system without hard links: two writers at once may both win, with the same content.
    if (statIfPresent(to) !== undefined) return false;
    Deno.renameSync(from, to);
    return true;
  }
}
