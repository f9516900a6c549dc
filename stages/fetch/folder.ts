/**
 * Finds the batches of CIFAR-10 among the files of a folder.
 *
 * @module
 */
import { StageFailure } from "../job.ts";

/** Paths of a data set's files in the order in which their records count. */
export interface BatchFiles {
  readonly train: readonly string[];
  readonly test: readonly string[];
}

const HINT = 'give the folder with "--data DIR" or in CIFAR10_DIR';

/**
 * Sorts files by their names: `data_batch_<number>….bin` are training batches in order of their
 * number, `test_batch….bin` test batches; anything else is left alone.
 *
 * @param files Path by file name
 * @throws {StageFailure} If there is no training or no test batch, or a batch comes twice
 */
export function findBatches(files: Readonly<Record<string, string>>): BatchFiles {
  const names = Object.keys(files).sort();
  const train = new Map<number, string>();
  for (const name of names) {
    const [, digits] = /^data_batch_(\d+)\b.*\.bin$/.exec(name) ?? [];
    if (digits === undefined) continue;
    const number = Number(digits), other = train.get(number);
    if (other !== undefined) {
      throw new StageFailure(
        `Cannot read the data folder: "${other}" and "${name}" are both batch ${number}; ` +
          "expected one file a batch",
      );
    }
    train.set(number, name);
  }
  const test = names.filter((name) => /^test_batch\b.*\.bin$/.test(name));
  if (train.size === 0 || test.length === 0) {
    const missing = train.size === 0
      ? "training batch (data_batch_1….bin)"
      : "test batch (test_batch….bin)";
    const found = names.length === 0
      ? "it has no .bin files"
      : `it has only ${names.map((name) => `"${name}"`).join(", ")}`;
    throw new StageFailure(
      `Cannot read the data folder: found no ${missing}, ${found}; ${HINT}`,
    );
  }
  const order = [...train.keys()].sort((a, b) => a - b);
  return {
    train: order.map((number) => files[train.get(number)!]),
    test: test.map((name) => files[name]),
  };
}
