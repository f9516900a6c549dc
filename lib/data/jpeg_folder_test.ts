import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { jpegBatch, PATTERN } from "./_jpeg_fixture.ts";
import { DataError } from "./batches.ts";
import { readImages } from "./jpeg_folder.ts";
import { RECORD_BYTES } from "./records.ts";
import { permitted } from "../../tests/permitted.ts";

const BATCH = jpegBatch([3, PATTERN], [7, PATTERN]);

/** A folder with files, a cache that is not there yet, and what was told. */
function withFolder(
  files: Readonly<Record<string, Uint8Array>>,
  use: (folder: string, decoding: Parameters<typeof readImages>[2], told: string[]) => void,
): void {
  const root = Deno.makeTempDirSync({ prefix: "jpegs_" }), folder = join(root, "data");
  try {
    Deno.mkdirSync(folder);
    for (const [name, bytes] of Object.entries(files)) {
      Deno.writeFileSync(join(folder, name), bytes);
    }
    const told: string[] = [];
    const cache = join(root, "cache", "jpegs");
    use(folder, { cache, onDecode: (text) => void told.push(text) }, told);
  } finally {
    Deno.removeSync(root, { recursive: true });
  }
}

const GOOD = {
  "data_batch_1.jpegs": BATCH,
  "data_batch_2.jpegs": jpegBatch([1, PATTERN]),
  "test_batch.jpegs": BATCH,
};

permitted(
  "readImages() decodes batches of JPEG files once, and again where one was edited",
  () =>
    withFolder({ ...GOOD, "decode.py": new Uint8Array() }, (folder, decoding, told) => {
      const { files } = readImages(folder, "all", decoding);
      assertEquals(Object.keys(files), ["data_batch_1.bin", "data_batch_2.bin", "test_batch.bin"]);
      const sizes = Object.values(files).map((path) => Deno.statSync(path).size / RECORD_BYTES);
      assertEquals(sizes, [2, 1, 2]);
      assertEquals(told, [`Decoding the JPEG files in "${folder}" (once)`]);
      assertEquals(readImages(folder, "all", decoding).files, files);
      assertEquals(told.length, 1);
      Deno.writeFileSync(join(folder, "data_batch_2.jpegs"), jpegBatch([2, PATTERN]));
      const edited = readImages(folder, "all", decoding).files;
      assertEquals(Deno.readFileSync(edited["data_batch_2.bin"])[0], 2);
      assertEquals(told.length, 2);
      assertEquals([...Deno.readDirSync(decoding.cache)].length, 3);
    }),
);

permitted(
  "readImages() wants the test batch alone where only that is asked for",
  () =>
    withFolder({ "test_batch.jpegs": BATCH }, (folder, decoding) => {
      assertEquals(Object.keys(readImages(folder, "test", decoding).files), ["test_batch.bin"]);
      assertThrows(
        () => readImages(folder, "all", decoding),
        DataError,
        'it has no training batch (data_batch_1….jpegs), only the test batch "test_batch.jpegs"',
      );
    }),
);

permitted("readImages() takes the binary version where both are there", () =>
  withFolder(
    { ...GOOD, "data_batch_1.bin": BATCH, "test_batch.bin": BATCH },
    (folder, decoding, told) => {
      const { files } = readImages(folder, "all", decoding);
      assertEquals(Object.keys(files), ["data_batch_1.bin", "test_batch.bin"]);
      assertEquals(told, []);
    },
  ));

permitted("readImages() names the batch that is wrong, and leaves nothing half decoded", () => {
  const { "data_batch_2.jpegs": _, ...first } = GOOD;
  const cases: [Record<string, Uint8Array>, message: string][] = [
    [
      { ...first, "data_batch_3.jpegs": BATCH },
      "batch 2 is missing: its training batches are 1, 3",
    ],
    [
      { ...GOOD, "data_batch_01.jpegs": BATCH },
      '"data_batch_01.jpegs" and "data_batch_1.jpegs" are',
    ],
    [
      { ...GOOD, "data_batch_1.jpegs": BATCH.subarray(0, 900) },
      'data_batch_1.jpegs": it has 900 bytes and ends within record 1',
    ],
  ];
  for (const [files, message] of cases) {
    withFolder(files, (folder, decoding) => {
      const read = () => readImages(folder, "all", decoding);
      assertThrows(read, DataError, message);
      assertThrows(read, DataError, message);
    });
  }
  withFolder(GOOD, (folder, decoding) => {
    Deno.removeSync(join(folder, "test_batch.jpegs"));
    Deno.symlinkSync("nothing", join(folder, "test_batch.jpegs"));
    assertThrows(
      () => readImages(folder, "all", decoding),
      DataError,
      `Cannot read the data file "${join(folder, "test_batch.jpegs")}"`,
    );
  });
  assertThrows(
    () => readImages("/nowhere/at/all", "all", { cache: "/nowhere", onDecode: () => {} }),
    DataError,
    'Cannot read the data folder "/nowhere/at/all": there is no such folder',
  );
});
