/**
 * Recognises data sets by their content: the labels and pixels of all records in order, however
 * they are cut into files. No name of a file and no profile decides what images are called.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { CIFAR10_TEST_SHA1, CIFAR10_TRAIN_SHA1 } from "./cifar10.ts";
import { RECORD_BYTES } from "./records.ts";
import type { Split } from "./set.ts";

/** Records that digests are of, from the start: a file of the official binary version. */
const BLOCK_BYTES = 10_000 * RECORD_BYTES;

interface KnownSet extends Readonly<Record<Split, readonly string[]>> {
  readonly name: string;
  readonly algorithm: "sha1" | "sha256";
}

/** Digests of each 10,000 records, in order; the last may be fewer. */
const KNOWN_SETS: readonly KnownSet[] = [
  {
    name: "cifar10",
    algorithm: "sha1",
    train: CIFAR10_TRAIN_SHA1,
    test: CIFAR10_TEST_SHA1,
  },
  // the first 4,000 images of batch 1, the first 1,017 of batches 2 to 5 and of the test batch
  {
    name: "cifar10-prefix",
    algorithm: "sha256",
    train: ["6fd0693da58bb2df5f9d7c738d95ded804ba73c2001d799e561cf0aa78943c02"],
    test: ["c77ad46116beb3508f55d38aa34893560beae9515f9aca4a4dd0ea3617ac289e"],
  },
  // all images, each as it comes back from a JPEG file of quality 75
  {
    name: "cifar10-jpeg75",
    algorithm: "sha256",
    train: [
      "8da035fc1631e8ce5f25904206b8993b0f3ad02a504c0584d662e806fd76c12b",
      "106eeaad9f1fa7a999292fdafe68ee909080f58aee038a76994035aedf40ba26",
      "99cb88ba00fca88bf28c517a74307b6b78a346c6ea747a561cb8e660c787d5cb",
      "76b482bc3bb79c0370e48ea71bb6e4f567a3770d224dc09a9ddc8cfa2369f294",
      "490f5ead4f04a3eb71d5898eb551e0d8d2c592feb778fb9b109a006b3f231495",
    ],
    test: ["0ce179d0c0a5220739d6223197952896644ceabb648dacfdebd7f06789af543f"],
  },
];

/** A split of a data set as its content shows it. */
export interface Recognised {
  /** Name of the known set that it is; absent where it is none. */
  readonly set?: string;
  /** SHA-256 of all records, in hexadecimal. */
  readonly sha256: string;
}

const digest = (algorithm: string, bytes: Uint8Array) =>
  createHash(algorithm).update(bytes).digest("hex");

/**
 * Recognises the records of one split, all that there are.
 *
 * @param records Label and pixels of each image, one record after another
 */
export function recognise(split: Split, records: Uint8Array): Recognised {
  const blocks: Uint8Array[] = [];
  for (let at = 0; at < records.length; at += BLOCK_BYTES) {
    blocks.push(records.subarray(at, at + BLOCK_BYTES));
  }
  const known = KNOWN_SETS.find((set) =>
    set[split].length === blocks.length &&
    blocks.every((block, i) => digest(set.algorithm, block) === set[split][i])
  );
  return { set: known?.name, sha256: digest("sha256", records) };
}

/** Names of the known sets. */
export const KNOWN_NAMES: readonly string[] = KNOWN_SETS.map(({ name }) => name);
