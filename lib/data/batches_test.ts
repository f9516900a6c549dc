import { assertEquals, assertThrows } from "@std/assert";
import { dirname, join } from "node:path";
import { DataError, readDataFolder, sortBatches, type Wanted } from "./batches.ts";
import { permitted } from "../../tests/permitted.ts";

Deno.test("sortBatches() orders training batches by number, whatever follows it", () => {
  const numbers = Array.from({ length: 10 }, (_, i) => i + 1);
  const names = numbers.map((number) => `data_batch_${number}.first1017.bin`);
  assertEquals(
    sortBatches([...names].sort().concat("test_batch.first1017.bin", "readme.html", "other.bin")),
    { train: names, test: "test_batch.first1017.bin" },
  );
});

const bad: [criterion: string, names: string[], message: string][] = [
  [
    "no training batch",
    ["test_batch.bin"],
    'it has no training batch (data_batch_1….bin), only the test batch "test_batch.bin"; add',
  ],
  [
    "no test batch",
    ["data_batch_1.bin"],
    'it has no test batch (test_batch….bin), only "data_batch_1.bin"; add test_batch.bin',
  ],
  [
    "a training batch that comes twice",
    ["data_batch_1.bin", "data_batch_1.first4000.bin", "test_batch.bin"],
    '"data_batch_1.bin" and "data_batch_1.first4000.bin" are both batch 1; expected one file',
  ],
  [
    "a second copy of the test batch",
    ["data_batch_1.bin", "test_batch (1).bin", "test_batch.bin"],
    '"test_batch (1).bin" and "test_batch.bin" are both the test batch; expected one file',
  ],
  [
    "a gap",
    ["data_batch_1.bin", "data_batch_2.bin", "data_batch_4.bin", "test_batch.bin"],
    "batch 3 is missing: its training batches are 1, 2, 4; expected 1, 2, 3 … without a gap",
  ],
  ["a batch 0", ["data_batch_0.bin", "data_batch_1.bin", "test_batch.bin"], "are 0, 1; expected 1"],
];
for (const [criterion, names, message] of bad) {
  Deno.test(`sortBatches() refuses ${criterion}`, () => {
    assertThrows(() => sortBatches(names), DataError, message);
  });
}

/** A folder with files, which are empty, and folders, whose names end with a slash. */
async function withFolder(names: readonly string[], use: (folder: string) => void): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "batches_" });
  try {
    for (const name of names) {
      const path = join(folder, name);
      await Deno.mkdir(name.endsWith("/") ? path : dirname(path), { recursive: true });
      if (!name.endsWith("/")) await Deno.writeFile(path, new Uint8Array());
    }
    use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const GOOD = ["data_batch_1.bin", "data_batch_2.bin", "test_batch.bin"];

/** Makes a file whose name ends with a byte that is no UTF-8. */
function misname(folder: string, name: string): void {
  const script = "touch \"$1/$2$(printf '\\377')$3\"", [start, end] = name.split("?");
  new Deno.Command("sh", { args: ["-c", script, "sh", folder, start, end] }).outputSync();
}

permitted("readDataFolder() ignores all that is no batch", async () => {
  const names = [...GOOD, "notes.bin", "batches.meta.txt", "data_batch_3.bin.part", "deeper/x.bin"];
  await withFolder(names, (folder) => {
    Deno.symlinkSync("nothing", join(folder, "dangling.bin"));
    Deno.symlinkSync(folder, join(folder, "loop.bin"));
    Deno.mkdirSync(join(folder, "closed"), { mode: 0 });
    if (Deno.build.os === "linux") misname(folder, "odd?.bin");
    const found = readDataFolder(folder, "all");
    assertEquals(found.folder, folder);
    assertEquals(found.files, Object.fromEntries(GOOD.map((name) => [name, join(folder, name)])));
  });
});

permitted("readDataFolder() follows links to batches and takes the folder above", async () => {
  const inner = GOOD.map((name) => `cifar-10-batches-bin/${name}`);
  await withFolder([...inner, "cifar-10-binary.tar.gz", "elsewhere.bin"], (folder) => {
    const path = join(folder, "cifar-10-batches-bin");
    Deno.removeSync(join(path, "test_batch.bin"));
    Deno.symlinkSync("../elsewhere.bin", join(path, "test_batch.bin"));
    for (const given of [folder, path]) {
      assertEquals(Object.keys(readDataFolder(given, "all").files), GOOD);
      assertEquals(readDataFolder(given, "test"), {
        folder: path,
        files: { "test_batch.bin": join(path, "test_batch.bin") },
      });
    }
  });
});

const BINARY = "get the binary version, https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz";
const others: [criterion: string, names: string[], given: string, message: string][] = [
  ["an empty folder", [], "", "it is empty; expected data_batch_1.bin … data_batch_5.bin and"],
  ["a path of nothing", [], "no", "there is no such folder"],
  ["a path through a file", ["a"], "a/b", "there is no such folder"],
  ["a file", ["test_batch.bin"], "test_batch.bin", "it is a file; pass the folder that has data_"],
  [
    "the archive",
    ["x.tar.gz", "cifar-10-binary.tar.gz"],
    "cifar-10-binary.tar.gz",
    'unpack it with "tar -xzf DIR/cifar-10-binary.tar.gz -C DIR", then pass "--data DIR"',
  ],
  [
    "the folder of the archive",
    ["cifar-10-binary.tar.gz"],
    "",
    'unpack it with "tar -xzf DIR/cifar-10-binary.tar.gz -C DIR", then pass "--data DIR"',
  ],
  [
    "the Python version",
    ["batches.meta", "data_batch_1", "data_batch_2", "test_batch"],
    "",
    `"DIR/batches.meta" belongs to the Python version of CIFAR-10 (pickles); ${BINARY}`,
  ],
  [
    "the folder above the Python version",
    ["cifar-10-batches-py/data_batch_1"],
    "",
    '"DIR/cifar-10-batches-py" belongs to the Python version of CIFAR-10',
  ],
  ["the Matlab version", ["data_batch_1.mat"], "", "belongs to the Matlab version of CIFAR-10"],
  [
    "CIFAR-100",
    ["fine_label_names.txt", "train.bin", "test.bin"],
    "",
    '"DIR/fine_label_names.txt" belongs to CIFAR-100, which has 100 classes',
  ],
  ["the folder above CIFAR-100", ["cifar-100-binary/"], "", "belongs to CIFAR-100"],
  ["JPEGs", ["data_batch_1.jpegs", "decode.py"], "", '"python3 DIR/decode.py OUT"'],
  [
    "a zip",
    ["cifar.zip"],
    "cifar.zip",
    '"DIR/cifar.zip" is packed; unpack it, and pass the folder',
  ],
  [
    "anything else",
    ["a.png", "b.png", "c.png", "d.png", "e.png"],
    "",
    'it has "a.png", "b.png", "c.png", "d.png" and 1 more, but no batch; expected data_batch_1',
  ],
];
for (const [criterion, names, given, message] of others) {
  permitted(`readDataFolder() says what it found: ${criterion}`, async () => {
    await withFolder(names, (folder) => {
      for (const wanted of ["all", "test"] satisfies Wanted[]) {
        const text = message.replaceAll("DIR", folder);
        const error = assertThrows(
          () => readDataFolder(join(folder, given), wanted),
          DataError,
          text,
        );
        assertEquals(error.message.split("\n").length, 1);
      }
    });
  });
}

permitted("readDataFolder() names a batch that cannot be read, and why", async () => {
  await withFolder(["data_batch_1.bin", "test_batch.bin", "nested/"], (folder) => {
    const refuse = (name: string, why: string) =>
      assertThrows(
        () => readDataFolder(folder, "all"),
        DataError,
        `Cannot read the data file "${join(folder, name)}": ${why}`,
      );
    const second = join(folder, "data_batch_2.bin");
    Deno.symlinkSync("nothing", second);
    refuse("data_batch_2.bin", "it is a link to a file that is not there; put the file in");
    Deno.removeSync(second);
    Deno.symlinkSync("nested", second);
    refuse("data_batch_2.bin", "it is no file; move it away");
    Deno.removeSync(second);
    Deno.symlinkSync("data_batch_2.bin", second);
    refuse("data_batch_2.bin", "");
    Deno.removeSync(second);
    if (Deno.build.os !== "linux") return;
    misname(folder, "data_batch_2?.bin");
    refuse("data_batch_2\ufffd.bin", "its name is not UTF-8; rename it");
  });
});
