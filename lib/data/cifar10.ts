/**
 * CIFAR-10 as its author publishes it (Krizhevsky, "Learning multiple layers of features from tiny
 * images", 2009; https://www.cs.toronto.edu/~kriz/cifar.html): names, address and digests.
 *
 * @module
 */
import type { ArchiveContent } from "./archive.ts";
import type { PinnedFile } from "./download.ts";
import { RECORD_BYTES } from "./records.ts";

/** Class names by label. */
export const CIFAR10_CLASSES: readonly string[] = [
  "airplane",
  "automobile",
  "bird",
  "cat",
  "deer",
  "dog",
  "frog",
  "horse",
  "ship",
  "truck",
];

/** Host of the official archive. */
export const CIFAR10_HOST = "www.cs.toronto.edu";

/** The official archive of the binary version. */
export const CIFAR10_ARCHIVE: PinnedFile = {
  url: `https://${CIFAR10_HOST}/~kriz/cifar-10-binary.tar.gz`,
  digests: {
    md5: "c32a1d4ab5d03f1284b67883e8d87530",
    sha1: "fab780a1e191a7eda0f345501ccd62d20f7ed891",
  },
};

/** SHA-1 of each training batch of 10,000 records, in order. */
export const CIFAR10_TRAIN_SHA1: readonly string[] = [
  "aadd24acce27caa71bf4b10992e9e7b2d74c2540",
  "c0ba65cce70568cd57b4e03e9ac8d2a5367c1795",
  "1dd00a74ab1d17a6e7d73e185b69dbf31242f295",
  "aab85764eb3584312d3c7f65fd2fd016e36a258e",
  "26e2849e66a845b7f1e4614ae70f4889ae604628",
];

/** SHA-1 of the test batch of 10,000 records. */
export const CIFAR10_TEST_SHA1: readonly string[] = ["67eb016db431130d61cd03c7ad570b013799c88c"];

/** SHA-1 by file name. */
const BATCHES: Readonly<Record<string, string>> = {
  ...Object.fromEntries(CIFAR10_TRAIN_SHA1.map((sha1, i) => [`data_batch_${i + 1}.bin`, sha1])),
  "test_batch.bin": CIFAR10_TEST_SHA1[0],
};

/** What the official archive holds. */
export const CIFAR10_CONTENT: ArchiveContent = {
  members: Object.fromEntries(
    Object.entries(BATCHES).map(([name, sha1]) => [
      `cifar-10-batches-bin/${name}`,
      { bytes: 10_000 * RECORD_BYTES, sha1 },
    ]),
  ),
  ignored: ["cifar-10-batches-bin/batches.meta.txt", "cifar-10-batches-bin/readme.html"],
};
