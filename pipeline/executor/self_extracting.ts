/**
 * One shell script that carries the code of a wave and its tasks to nodes that share no disk with the
 * command.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { recordPath, rulePath, stagePath, workerPath } from "../bundle/content.ts";
import { UNUSABLE_EXIT } from "../run/exit_codes.ts";
import { digestOf } from "../store/digest.ts";
import { ScriptTooLarge } from "./fleet_options.ts";
import { FROZEN_INDEX, type FrozenIndex, readFrozen, WORKER } from "./frozen.ts";
import { NODE_FOLDER, SHELL_PATH, WORKER_SCRIPT_FILE } from "./worker_script.ts";
import type { Tasks } from "./work.ts";

/**
 * Slurm takes scripts up to 4 MiB unless its `max_script_size` says otherwise; an executor has lines of
 * its own to add. Bytes.
 */
export const SCRIPT_LIMIT = 4 * 2 ** 20 - 2 ** 16;

/** What {@linkcode selfExtracting} is to know. */
export interface SelfExtractingOptions {
  /** Folder of the frozen code. */
  readonly folder: string;
  readonly tasks: Tasks;
  /** Path of Deno on all nodes, or its name if it is on their PATH. */
  readonly deno: string;
  /** Arguments of the worker besides its tasks and its store: `--remote`, `--engine`. */
  readonly arguments: readonly string[];
  /** Largest size of the script, bytes; {@linkcode SCRIPT_LIMIT} if left out. */
  readonly limit?: number;
}

/**
 * The script: it unpacks what the tasks run, once on a node however many of them begin there at a
 * time, and starts the worker with a store beside it. The same code and tasks give the same bytes.
 *
 * @throws {ScriptTooLarge} If it is larger than is allowed
 * @throws {Error} If a file of the frozen code is not what its index says
 */
export async function selfExtracting(
  { folder, tasks, deno, arguments: more, limit = SCRIPT_LIMIT }: SelfExtractingOptions,
): Promise<string> {
  const index = readFrozen(folder, tasks.frozen), code = await codeArchive(folder, index, tasks);
  const packedTasks = gzipSync(Buffer.from(JSON.stringify(tasks)), { level: 9 });
  const name = (bytes: Uint8Array) => digestOf(bytes).slice(0, 32);
  const text = script({
    ...{ code: base64(code), digest: digestOf(code), place: name(code) },
    ...{ tasks: base64(packedTasks), tasksDigest: digestOf(packedTasks) },
    tasksFile: `tasks-${name(packedTasks)}.json`,
    command: ["--deno", deno].map(quoted).join(" "),
    more: more.map(quoted).join(" "),
  });
  const size = new TextEncoder().encode(text).length, fixed = size - base64(packedTasks).length;
  if (size <= limit) return text;
  throw new ScriptTooLarge(
    `Cannot hand over wave ${tasks.wave} as one script: it has ${size} bytes, ${fixed} of them ` +
      `code, expected ${limit} at most; ${
        fixed < limit
          ? `hand over fewer than its ${tasks.tasks.length} tasks at a time`
          : 'raise "max_script_size" in slurm.conf, or use a folder that all nodes share'
      }`,
    fixed,
  );
}

/** What the tasks of a wave run, as a compressed tar archive. */
async function codeArchive(
  folder: string,
  index: FrozenIndex,
  { tasks }: Tasks,
): Promise<Uint8Array> {
  const paths = new Set([WORKER, WORKER_SCRIPT_FILE]);
  for (const { cell } of tasks.flat()) {
    const { workers = [] } = index.stages.find(({ name }) => name === cell.stage) ?? {};
    const own = [stagePath(cell.stage), recordPath(cell.code)];
    for (const path of [...own, ...cell.rules.map(rulePath), ...workers.map(workerPath)]) {
      paths.add(path);
    }
  }
  const tar = pack(), sums: string[] = [];
  const add = (name: string, content: Uint8Array) => {
    sums.push(`${digestOf(content)}  ${name}\n`);
    entry(name, content);
  };
  const entry = (name: string, content: Uint8Array) =>
    tar.entry({
      ...{ name, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0, uname: "", gname: "" },
    }, Buffer.from(content));
  add(FROZEN_INDEX, await Deno.readFile(join(folder, FROZEN_INDEX)));
  for (const path of [...paths].sort()) {
    const content = await Deno.readFile(join(folder, path)), found = digestOf(content);
    if (found !== index.files[path]) {
      throw new Error(
        `Cannot use "${join(folder, path)}": its SHA-256 is ${found}, expected ${
          index.files[path] ?? "none: it is not among what was frozen"
        }`,
      );
    }
    add(path, content);
  }
  entry(SUMS, new TextEncoder().encode(sums.join("")));
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return gzipSync(Buffer.concat(chunks), { level: 9 });
}

/** Code and tasks that nobody used for so long are removed from a node, days. */
const KEPT_DAYS = 30;

/** File with the digests of all others, as `sha256sum -c` reads it. */
const SUMS = "sha256.txt";

/** In lines of 76 letters. */
const base64 = (bytes: Uint8Array) =>
  Buffer.from(bytes).toString("base64").replace(/.{76}/g, "$&\n").trimEnd();

/** A word of a shell. */
const quoted = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

const script = (parts: Readonly<Record<string, string>>) =>
  `#!/bin/sh
# Computes the cells of one task: unpacks the code below once on this node and starts its worker.
set -eu
${SHELL_PATH}cannot() {
  echo "Cannot $1" >&2
  exit ${UNUSABLE_EXIT}
}
sums() {
  if command -v sha256sum > /dev/null; then sha256sum "$@"; else shasum -a 256 "$@"; fi
}
is_sound() {
  (cd "$1" && sums -c ${SUMS}) > /dev/null 2>&1
}
# Reads base64 into a file and compares its digest.
receive() {
  base64 -d > "$1" || cannot "unpack to \\"$1\\": is the disk full?"
  [ "$(sums "$1" | cut -d " " -f 1)" = "$2" ] || {
    rm -f "$1"
    cannot "unpack to \\"$1\\": its SHA-256 is not $2; the script was damaged on its way"
  }
}
${NODE_FOLDER}place=$base/${parts.place}
# Of one that something took a part of away, others may use the rest.
while [ -e "$place" ] && ! is_sound "$place"; do place=$place+; done
if [ ! -e "$place" ]; then
  new=$(umask 077 && mktemp -d "$base/new.XXXXXX") || cannot "make a folder in \\"$base\\""
  receive "$new/packed" ${parts.digest} << 'END'
${parts.code}
END
  gzip -dc "$new/packed" | tar -xf - -C "$new" && is_sound "$new" || {
    rm -rf "$new"
    cannot "unpack to \\"$base\\": is the disk full?"
  }
  rm "$new/packed"
  mv "$new" "$place"
  # Where another was faster, it has become a folder in the other's.
  rm -rf "$place/\${new##*/}"
fi
tasks=$base/${parts.tasksFile}
if [ ! -e "$tasks" ]; then
  new=$(mktemp "$base/new.XXXXXX") || cannot "make a file in \\"$base\\""
  receive "$new" ${parts.tasksDigest} << 'END'
${parts.tasks}
END
  gzip -dc < "$new" > "$new.json" || cannot "unpack to \\"$new\\": is the disk full?"
  rm "$new"
  mv -f "$new.json" "$tasks"
fi
# What no task has used for long goes, and what those printed that Slurm starts in this folder.
{
  touch "$place" "$tasks"
  find "$base" -mindepth 1 -maxdepth 1 ! -name store ! -name deno -mtime +${KEPT_DAYS} \\
    -exec rm -rf {} +
  find . -maxdepth 1 -type f -user "$(id -u)" -name 'smoothness-????????????-*.out' \\
    -mtime +${KEPT_DAYS} -exec rm -f {} +
} > /dev/null 2>&1 || :
exec /bin/sh "$place/${WORKER_SCRIPT_FILE}" ${parts.command} --tasks "$tasks" --store "$base/store" --tidy ${parts.more}
`;
