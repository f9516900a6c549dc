import { assertEquals, assertRejects } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import { unpack } from "./archive.ts";
import { permitted } from "../../tests/permitted.ts";

interface Entry {
  name: string;
  type?: "file" | "directory" | "symlink" | "link";
  linkname?: string;
  content?: string;
}

/** A compressed archive of the given entries. */
async function archiveOf(entries: Entry[]): Promise<Uint8Array> {
  const tar = pack();
  for (const { content, ...header } of entries) tar.entry(header, content ?? "");
  tar.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of tar) chunks.push(chunk as Uint8Array);
  return gzipSync(
    chunks.reduce((all, chunk) => new Uint8Array([...all, ...chunk]), new Uint8Array()),
  );
}

const sha1 = (text: string) => createHash("sha1").update(text).digest("hex");
const content = {
  members: {
    "set/a.bin": { bytes: 5, sha1: sha1("first") },
    "set/b.bin": { bytes: 6, sha1: sha1("second") },
  },
  ignored: ["set/readme.html"],
};
const good: Entry[] = [
  { name: "set/", type: "directory" },
  { name: "set/a.bin", content: "first" },
  { name: "set/readme.html", content: "hello" },
  { name: "set/b.bin", content: "second" },
];

/** Writes an archive to a fresh folder and hands over both. */
async function withArchive(
  bytes: Uint8Array,
  use: (archive: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const archive = join(folder, "set.tar.gz");
    await Deno.writeFile(archive, bytes);
    await use(archive, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

permitted("unpack() leaves exactly the expected files", async () => {
  await withArchive(await archiveOf(good), async (archive, folder) => {
    const files = await unpack(archive, content, join(folder, "out"));
    assertEquals(Object.keys(files).sort(), ["a.bin", "b.bin"]);
    assertEquals(await Deno.readTextFile(files["a.bin"]), "first");
    assertEquals(await Deno.readTextFile(files["b.bin"]), "second");
    assertEquals([...Deno.readDirSync(join(folder, "out"))].length, 2);
  });
});

const swap = (name: string, ...instead: Entry[]): Entry[] =>
  good.flatMap((entry) => entry.name === name ? instead : [entry]);
const bad: [criterion: string, entries: Entry[], message: string][] = [
  [
    "a member above its folder",
    [...good, { name: "../evil", content: "x" }],
    '"../evil" (1 bytes)',
  ],
  ["an absolute member", [...good, { name: "/etc/evil", content: "x" }], '"/etc/evil" (1 bytes)'],
  ["a folder above", [...good, { name: "../set/", type: "directory" }], '"../set/" is a directory'],
  [
    "a symbolic link under an expected name",
    swap("set/a.bin", { name: "set/a.bin", type: "symlink", linkname: "/etc/passwd" }),
    '"set/a.bin" is a symlink, expected only regular files',
  ],
  [
    "a hard link",
    swap("set/b.bin", { name: "set/b.bin", type: "link", linkname: "set/a.bin" }),
    '"set/b.bin" is a link, expected only regular files',
  ],
  [
    "a member of another size",
    swap("set/a.bin", { name: "set/a.bin", content: "first!" }),
    '"set/a.bin" has 6 bytes, expected 5',
  ],
  [
    "a member with other bytes",
    swap("set/a.bin", { name: "set/a.bin", content: "fiRst" }),
    `"set/a.bin" has sha1 ${sha1("fiRst")}, expected ${sha1("first")}`,
  ],
  ["a missing member", swap("set/b.bin"), 'it lacks "set/b.bin"'],
  [
    "a member that comes twice",
    [...good, { name: "set/a.bin", content: "first" }],
    'it holds "set/a.bin" twice',
  ],
];
for (const [criterion, entries, message] of bad) {
  permitted(`unpack() refuses ${criterion} and leaves nothing behind`, async () => {
    await withArchive(await archiveOf(entries), async (archive, folder) => {
      const out = join(folder, "out");
      await assertRejects(() => unpack(archive, content, out), Error, message);
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["set.tar.gz"]);
    });
  });
}

permitted("unpack() refuses an archive cut anywhere and leaves nothing behind", async () => {
  const bytes = await archiveOf(good);
  for (const share of [0, 0.1, 0.5, 0.9]) {
    await withArchive(bytes.subarray(0, bytes.length * share), async (archive, folder) => {
      const out = join(folder, "out");
      await assertRejects(() => unpack(archive, content, out), Error, "Cannot unpack");
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["set.tar.gz"]);
    });
  }
});

permitted("unpack() refuses what is no archive", async () => {
  await withArchive(new TextEncoder().encode("<html>gone</html>"), async (archive, folder) => {
    await assertRejects(
      () => unpack(archive, content, join(folder, "out")),
      Error,
      "Cannot unpack",
    );
  });
});
