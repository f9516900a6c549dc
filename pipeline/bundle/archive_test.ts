import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack as packTar } from "tar-stream";
import { digestOf, digestOfFile } from "../digest.ts";
import { filesBelow } from "../files.ts";
import { type ArchivedFile, readArchive, writeIndex } from "./archive.ts";
import { type Member, packArchive } from "./pack.ts";
import { unpackArchive } from "./unpack.ts";

/** Bytes that do not compress: volumes of them have the sizes that one expects. */
const noise = (length: number, seed = 1) => {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    bytes[i] = seed >> 16;
  }
  return bytes;
};

const MEMBERS: readonly Member[] = [
  { path: "objects/a", from: noise(5000) },
  { path: "objects/b", from: new Uint8Array(0) },
  { path: "stages/train.js", from: noise(3000, 7) },
];

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "archive_" });
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** A sound archive in `in`, and how what is done to it is refused; nothing is ever unpacked. */
async function packed(folder: string, split = 2000) {
  const at = join(folder, "in"), to = join(folder, "out");
  Deno.mkdirSync(at);
  const index = await packArchive(at, { kind: "bundle", about: {}, members: MEMBERS, split });
  const unpack = () => unpackArchive(readArchive(at, ["bundle"]), to);
  const refusal = async (...texts: readonly string[]) => {
    const { message } = await assertRejects(unpack, Error);
    for (const text of texts) assertStringIncludes(message, text);
  };
  return { at, to, index, unpack, refusal };
}

Deno.test("unpackArchive() gives back what packArchive() took, in volumes of the given size", () =>
  inFolder(async (folder) => {
    const { at, to, index, unpack } = await packed(folder);
    assert(index.volumes.length >= 4);
    const sizes = index.volumes.map(({ path }) => Deno.statSync(join(at, path)).size);
    assertEquals(sizes.slice(0, -1), sizes.slice(0, -1).map(() => 2000));
    assert(sizes.at(-1)! <= 2000);
    await unpack();
    for (const { path, from } of MEMBERS) assertEquals(Deno.readFileSync(join(to, path)), from);
    assertEquals(filesBelow(to).length, MEMBERS.length);
  }));

Deno.test("packArchive() gives the same bytes for the same files, whenever it is called", () =>
  inFolder(async (folder) => {
    const digests = [];
    for (const name of ["one", "two"]) {
      Deno.mkdirSync(join(folder, name));
      const from = join(folder, `${name}.file`);
      Deno.writeFileSync(from, noise(4000));
      Deno.utimeSync(from, 1e9 * (name === "one" ? 1 : 1.2), 1e9);
      await packArchive(join(folder, name), {
        ...{ kind: "bundle", about: { x: 1 }, split: 3000 },
        members: [...MEMBERS, { path: "last", from }],
      });
      const files = filesBelow(join(folder, name));
      digests.push(await Promise.all(files.map(digestOfFile)));
    }
    assertEquals(digests[0], digests[1]);
  }));

Deno.test("packArchive() refuses a file that is not what its digest says", () =>
  inFolder(async (folder) => {
    const path = join(folder, "object"), digest = digestOf("other");
    Deno.writeTextFileSync(path, "content");
    const { message } = await assertRejects(
      () =>
        packArchive(folder, {
          ...{ kind: "results", about: {}, split: 1000 },
          members: [{ path: "objects/x", from: path, digest }],
        }),
      Error,
    );
    assertStringIncludes(message, `its SHA-256 is ${digestOf("content")}, expected ${digest}`);
    assertThrows(() => readArchive(folder, ["results"]), Error, "there is no such file");
  }));

Deno.test("unpackArchive() names a volume with a flipped bit, and both digests", () =>
  inFolder(async (folder) => {
    const { at, index, refusal } = await packed(folder);
    const { path, digest } = index.volumes[1], bytes = Deno.readFileSync(join(at, path));
    bytes[100] ^= 4;
    Deno.writeFileSync(join(at, path), bytes);
    await refusal(`${path}": it has 2000 bytes`, digestOf(bytes), `expected 2000 bytes`, digest);
  }));

Deno.test("unpackArchive() names a volume that is missing, truncated, a link or another's", async (t) => {
  const cases: [string, (at: string, volumes: readonly ArchivedFile[]) => void, string][] = [
    ["missing", (at, [, second]) => Deno.removeSync(join(at, second.path)), "it is missing"],
    ["truncated", (at, [, second]) => Deno.truncateSync(join(at, second.path), 9), "has 9 bytes"],
    ["a link", (at, [, second]) => {
      Deno.renameSync(join(at, second.path), join(at, "moved"));
      Deno.symlinkSync(join(at, "moved"), join(at, second.path));
    }, "it is a link or a folder"],
    ["another's", (at, [first, second]) => {
      Deno.copyFileSync(join(at, first.path), join(at, second.path));
    }, 'it holds what "bundle.tar.gz.001" should'],
  ];
  for (const [name, damage, text] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const { at, to, index, refusal } = await packed(folder);
        damage(at, index.volumes);
        await refusal('bundle.tar.gz.002"', text);
        assertEquals(filesBelow(to), []);
      }));
  }
});

Deno.test("readArchive() refuses an index of which one value was changed, or that is cut off", () =>
  inFolder(async (folder) => {
    const { at, index, refusal } = await packed(folder);
    const path = join(at, "bundle.json"), text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, text.replace('"size": 5000', '"size": 5001'));
    await refusal("bundle.json", `expected ${index.digest}`);
    Deno.writeTextFileSync(path, text.slice(0, -20));
    await refusal("bundle.json", "damaged or truncated");
    Deno.writeTextFileSync(path, "{}");
    await refusal("its format is undefined", "smoothness/archive/1");
  }));

/** An archive whose index is sound and whose tar holds what a hostile hand put there. */
async function forged(
  folder: string,
  files: readonly Pick<ArchivedFile, "path" | "size">[],
  fill: (tar: ReturnType<typeof packTar>) => void,
): Promise<() => Promise<void>> {
  const tar = packTar(), parts: Uint8Array[] = [];
  fill(tar);
  tar.finalize();
  for await (const part of tar as AsyncIterable<Uint8Array>) parts.push(part);
  const bytes = gzipSync(new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()));
  Deno.writeFileSync(join(folder, "results.tar.gz.001"), bytes);
  writeIndex(folder, {
    ...{ kind: "results", about: {}, beside: [] },
    files: files.map((file) => ({ ...file, digest: digestOf("x".repeat(file.size)) })),
    volumes: [{ path: "results.tar.gz.001", size: bytes.length, digest: digestOf(bytes) }],
  });
  return () => unpackArchive(readArchive(folder, ["results"]), join(folder, "out"));
}

Deno.test("unpackArchive() refuses entries that its index does not have, and writes none of them", async (t) => {
  const file = { path: "objects/a", size: 3 };
  const cases: [string, (tar: ReturnType<typeof packTar>) => void, string][] = [
    [
      "a path that leads out",
      (tar) => tar.entry({ name: "../evil" }, "xxx"),
      '"../evil" is not in',
    ],
    ["an absolute path", (tar) => tar.entry({ name: "/evil" }, "xxx"), '"/evil" is not in'],
    [
      "a symbolic link",
      (tar) => tar.entry({ name: "objects/a", type: "symlink", linkname: "/etc/passwd" }),
      '"objects/a" is a symlink',
    ],
    [
      "a hard link",
      (tar) => tar.entry({ name: "objects/a", type: "link", linkname: "../../evil" }),
      '"objects/a" is a link',
    ],
    ["another file", (tar) => tar.entry({ name: "extra" }, "xxx"), '"extra" is not in the index'],
    [
      "a file of another size",
      (tar) => tar.entry({ name: "objects/a" }, "x".repeat(400)),
      '"objects/a" has 400 bytes, expected 3',
    ],
    [
      "other content",
      (tar) => tar.entry({ name: "objects/a" }, "xyz"),
      `"objects/a" has the SHA-256 ${digestOf("xyz")}, expected ${digestOf("xxx")}`,
    ],
    ["a file twice", (tar) => {
      tar.entry({ name: "objects/a" }, "xxx");
      tar.entry({ name: "objects/a" }, "xxx");
    }, "it unpacks to more than the 2048 bytes"],
    ["nothing", () => {}, 'it lacks "objects/a"'],
  ];
  for (const [name, fill, text] of cases) {
    await t.step(name, () =>
      inFolder(async (folder) => {
        const at = join(folder, "deep", "in");
        Deno.mkdirSync(at, { recursive: true });
        const { message } = await assertRejects(await forged(at, [file], fill), Error);
        assertStringIncludes(message, text);
        const written = filesBelow(folder).filter((path) => !path.includes("results."));
        assertEquals(written.filter((path) => !path.endsWith("out/objects/a")), []);
      }));
  }
});

Deno.test("unpackArchive() stops at what unpacks to more than its index says", () =>
  inFolder(async (folder) => {
    const unpack = await forged(folder, [{ path: "a", size: 3 }], (tar) => {
      tar.entry({ name: "a" }, "xxx");
      tar.entry({ name: "bomb" }, "\0".repeat(20_000_000));
    });
    assert(Deno.statSync(join(folder, "results.tar.gz.001")).size < 30_000);
    await assertRejects(unpack, Error, "Cannot unpack");
    const written = filesBelow(join(folder, "out")).map((path) => Deno.statSync(path).size);
    assert(written.reduce((sum, size) => sum + size, 0) <= 3);
  }));

Deno.test("unpackArchive() refuses files that are larger together than is allowed", () =>
  inFolder(async (folder) => {
    await forged(folder, [{ path: "a", size: 30 }, { path: "b", size: 30 }], () => {});
    await assertRejects(
      () => unpackArchive(readArchive(folder, ["results"]), join(folder, "out"), 59),
      Error,
      "its files have 60 bytes, expected at most 59",
    );
  }));

Deno.test("readArchive() refuses paths that lead out of a folder, whoever sealed the index", () =>
  inFolder(async (folder) => {
    for (const path of ["../a", "/a", "a/../b", ".hidden", "a//b", "a\\b", ""]) {
      await forged(folder, [{ path, size: 0 }], () => {});
      assertThrows(() => readArchive(folder, ["results"]), Error, `"${path}" in "files" leads`);
    }
  }));
