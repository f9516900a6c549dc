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
import { digestOf } from "../store/digest.ts";
import { filesBelow } from "../store/files.ts";
import { inFolder } from "./_fixture.ts";
import { type ArchivedFile, readArchive, writeIndex } from "./archive.ts";
import { unpackArchive } from "./unpack.ts";
import { permitted } from "../../tests/permitted.ts";

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

permitted(
  "unpackArchive() refuses entries that its index does not have, and writes none of them",
  async (t) => {
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
  },
);

permitted(
  "unpackArchive() stops at what unpacks to more than its index says",
  () =>
    inFolder(async (folder) => {
      const unpack = await forged(folder, [{ path: "a", size: 3 }], (tar) => {
        tar.entry({ name: "a" }, "xxx");
        tar.entry({ name: "bomb" }, "\0".repeat(20_000_000));
      });
      assert(Deno.statSync(join(folder, "results.tar.gz.001")).size < 30_000);
      await assertRejects(unpack, Error, "Cannot unpack");
      const written = filesBelow(join(folder, "out")).map((path) => Deno.statSync(path).size);
      assert(written.reduce((sum, size) => sum + size, 0) <= 3);
    }),
);

permitted(
  "unpackArchive() refuses files that are larger together than is allowed",
  () =>
    inFolder(async (folder) => {
      await forged(folder, [{ path: "a", size: 30 }, { path: "b", size: 30 }], () => {});
      await assertRejects(
        () => unpackArchive(readArchive(folder, ["results"]), join(folder, "out"), 59),
        Error,
        "its files have 60 bytes, expected at most 59",
      );
    }),
);

permitted(
  "readArchive() refuses paths that lead out of a folder, whoever sealed the index",
  () =>
    inFolder(async (folder) => {
      for (const path of ["../a", "/a", "a/../b", ".hidden", "a//b", "a\\b", ""]) {
        await forged(folder, [{ path, size: 0 }], () => {});
        assertThrows(() => readArchive(folder, ["results"]), Error, `"${path}" in "files" leads`);
      }
    }),
);
