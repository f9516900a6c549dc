import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { digestOf, digestOfFile } from "../store/digest.ts";
import { filesBelow } from "../store/files.ts";
import { inFolder } from "./_fixture.ts";
import { type ArchivedFile, readArchive } from "./archive.ts";
import { type Member, packArchive } from "./pack.ts";
import { unpackArchive } from "./unpack.ts";
import { permitted } from "../../tests/permitted.ts";

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

permitted(
  "unpackArchive() gives back what packArchive() took, in volumes of the given size",
  () =>
    inFolder(async (folder) => {
      const { at, to, index, unpack } = await packed(folder);
      assert(index.volumes.length >= 4);
      const sizes = index.volumes.map(({ path }) => Deno.statSync(join(at, path)).size);
      assertEquals(sizes.slice(0, -1), sizes.slice(0, -1).map(() => 2000));
      assert(sizes.at(-1)! <= 2000);
      await unpack();
      for (const { path, from } of MEMBERS) assertEquals(Deno.readFileSync(join(to, path)), from);
      assertEquals(filesBelow(to).length, MEMBERS.length);
    }),
);

permitted(
  "packArchive() gives the same bytes for the same files, whenever it is called",
  () =>
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
    }),
);

permitted(
  "packArchive() refuses a file that is not what its digest says",
  () =>
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
    }),
);

permitted(
  "unpackArchive() names a volume with a flipped bit, and both digests",
  () =>
    inFolder(async (folder) => {
      const { at, index, refusal } = await packed(folder);
      const { path, digest } = index.volumes[1], bytes = Deno.readFileSync(join(at, path));
      bytes[100] ^= 4;
      Deno.writeFileSync(join(at, path), bytes);
      await refusal(`${path}": it has 2000 bytes`, digestOf(bytes), `expected 2000 bytes`, digest);
    }),
);

permitted(
  "unpackArchive() names a volume that is missing, truncated, a link or another's",
  async (t) => {
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
  },
);

permitted(
  "readArchive() refuses an index of which one value was changed, or that is cut off",
  () =>
    inFolder(async (folder) => {
      const { at, index, refusal } = await packed(folder);
      const path = join(at, "bundle.json"), text = Deno.readTextFileSync(path);
      Deno.writeTextFileSync(path, text.replace('"size": 5000', '"size": 5001'));
      await refusal("bundle.json", `expected ${index.digest}`);
      Deno.writeTextFileSync(path, text.slice(0, -20));
      await refusal("bundle.json", "damaged or truncated");
      Deno.writeTextFileSync(path, "{}");
      await refusal("its format is undefined", "smoothness/archive/1");
    }),
);
