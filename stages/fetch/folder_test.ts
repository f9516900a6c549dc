import { assertEquals, assertThrows } from "@std/assert";
import { StageFailure } from "../job.ts";
import { findBatches } from "./folder.ts";

const paths = (...names: string[]) => Object.fromEntries(names.map((name) => [name, `/d/${name}`]));

Deno.test("findBatches() orders training batches by number, whatever follows it", () => {
  assertEquals(
    findBatches(paths(
      "test_batch.first1017.bin",
      "data_batch_10.bin",
      "data_batch_2.first1017.bin",
      "data_batch_1.first4000.bin",
    )),
    {
      train: [
        "/d/data_batch_1.first4000.bin",
        "/d/data_batch_2.first1017.bin",
        "/d/data_batch_10.bin",
      ],
      test: ["/d/test_batch.first1017.bin"],
    },
  );
});

const bad: [criterion: string, names: string[], message: string][] = [
  [
    "an empty folder",
    [],
    "found no training batch (data_batch_1….bin), it has no .bin files; give",
  ],
  ["no training batch", ["test_batch.bin"], 'it has only "test_batch.bin"; give the folder with'],
  ["no test batch", ["data_batch_1.bin"], "found no test batch (test_batch….bin), it has only"],
  [
    "a batch that comes twice",
    ["data_batch_1.bin", "data_batch_1.first4000.bin", "test_batch.bin"],
    '"data_batch_1.bin" and "data_batch_1.first4000.bin" are both batch 1',
  ],
];
for (const [criterion, names, message] of bad) {
  Deno.test(`findBatches() refuses ${criterion}`, () => {
    assertThrows(() => findBatches(paths(...names)), StageFailure, message);
  });
}
