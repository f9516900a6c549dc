/** What lies where CIFAR-10's binary version was expected, and what to do about it. @module */
import { basename, dirname, join } from "node:path";
import { CIFAR10_ARCHIVE } from "./cifar10.ts";

const BINARY =
  `get the binary version, ${CIFAR10_ARCHIVE.url}, or let "--profile paper" download it`;

/** Something that people have instead. */
interface Other {
  /** Whether one of the names shows it. */
  readonly shows: (name: string) => boolean;
  /**
   * What it is and what to do.
   *
   * @param path Path of what has that name
   */
  readonly say: (path: string) => string;
}

/** A word as a POSIX shell reads it. */
const shell = (word: string) =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** Most telling first: the archive that holds the batches, then what is another thing. */
const OTHERS: readonly Other[] = [
  {
    shows: (name) => /^cifar-10-binary.*\.tar\.gz$/.test(name),
    say: (path) =>
      `"${path}" is the archive of the binary version; unpack it with "tar -xzf ${shell(path)} -C ${
        shell(dirname(path))
      }", then pass "--data ${shell(dirname(path))}"`,
  },
  {
    shows: (name) =>
      /^data_batch_\d+$/.test(name) || /^cifar-10-(batches-py|python)/.test(name) ||
      name === "batches.meta",
    say: (path) => `"${path}" belongs to the Python version of CIFAR-10 (pickles); ${BINARY}`,
  },
  {
    shows: (name) =>
      /^(data|test)_batch.*\.mat$/.test(name) || /^cifar-10-(batches-mat|matlab)/.test(name),
    say: (path) => `"${path}" belongs to the Matlab version of CIFAR-10; ${BINARY}`,
  },
  {
    shows: (name) =>
      /^cifar-?100/.test(name) ||
      ["fine_label_names.txt", "coarse_label_names.txt", "train.bin"].includes(name),
    say: (path) => `"${path}" belongs to CIFAR-100, which has 100 classes; for CIFAR-10, ${BINARY}`,
  },
  {
    shows: (name) => /^data_batch_\d+.*\.jpegs$/.test(name),
    say: (path) =>
      `"${path}" holds JPEGs; decode them to the binary version first, with the decoder beside ` +
      `them: "python3 ${shell(join(dirname(path), "decode.py"))} OUT", then "--data OUT"`,
  },
  {
    shows: (name) => /\.(zip|tar|tgz|gz|bz2|xz|7z|rar)$/i.test(name),
    say: (path) =>
      `"${path}" is packed; unpack it, and pass the folder that has data_batch_1.bin and ` +
      "test_batch.bin",
  },
];

const EXPECTED =
  "data_batch_1.bin … data_batch_5.bin and test_batch.bin, CIFAR-10's binary version";

/**
 * What was found instead of batches, and what to do: the end of a sentence.
 *
 * @param names What a folder has; left out where the path is a file
 */
export function otherData(path: string, names?: readonly string[]): string {
  for (const { shows, say } of OTHERS) {
    const name = (names ?? [basename(path)]).find(shows);
    if (name !== undefined) return say(names === undefined ? path : join(path, name));
  }
  if (names === undefined) return `it is a file; pass the folder that has ${EXPECTED}`;
  if (names.length === 0) return `it is empty; expected ${EXPECTED}; ${BINARY}`;
  const shown = names.slice(0, 4).map((name) => `"${name}"`).join(", ");
  const more = names.length > 4 ? ` and ${names.length - 4} more` : "";
  return `it has ${shown}${more}, but no batch; expected ${EXPECTED}; ${BINARY}`;
}
