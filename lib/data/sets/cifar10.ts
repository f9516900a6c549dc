import { LIMITS } from "../../limits.ts";
import { nullable, number, object, oneOf, text } from "../../schema.ts";
import { sortBatches } from "../batches.ts";
import { CIFAR10_ARCHIVE, CIFAR10_CLASSES, CIFAR10_CONTENT, CIFAR10_HOST } from "../cifar10.ts";
import { nameData } from "../data_name.ts";
import { recognise } from "../known_sets.ts";
import { decodeRecords, RECORD_BYTES } from "../records.ts";
import type { DataParameters, DataSet, DataSource, LoadedData } from "../set.ts";
import { takeRecords } from "../take.ts";

type Paths = Readonly<Record<string, string>>;

/** What the official archive holds. */
const amounts = { train: 50_000, test: 10_000 };

const all = "all there are";

const folder: DataSource = {
  parameters: object({
    name: text(/^[a-z0-9][a-z0-9-]*$/, "a name in lower case"),
    train_images: nullable(number(LIMITS.trainImages), all),
    test_images: nullable(number(LIMITS.testImages), all),
  }),
  folder: true,
  load: ({ files, parameters }) => takeFrom(files, parameters),
};

const archive: DataSource = {
  parameters: object({
    name: oneOf("cifar10"),
    train_images: nullable(number({ ...LIMITS.trainImages, max: amounts.train }), all),
    test_images: nullable(number({ ...LIMITS.testImages, max: amounts.test }), all),
  }),
  amounts,
  hosts: [CIFAR10_HOST],
  load: async ({ unpack, parameters }) =>
    takeFrom(await unpack(CIFAR10_ARCHIVE, CIFAR10_CONTENT), parameters),
};

/** CIFAR-10, or other images in the layout of its binary version. */
export const data: DataSet = {
  name: "cifar10",
  title: "CIFAR-10",
  source: "Krizhevsky, Learning multiple layers of features from tiny images, 2009",
  image: [32, 32, 3],
  classes: CIFAR10_CLASSES,
  sources: { folder, archive },
};

async function takeFrom(files: Paths, parameters: DataParameters): Promise<LoadedData> {
  const batches = sortBatches(Object.keys(files));
  const train = await readRecords(batches.train, files);
  const test = await readRecords([batches.test], files);
  const found = { train: recognise("train", train), test: recognise("test", test) };
  const known = found.train.set !== undefined && found.test.set !== undefined;
  const { name, train_images, test_images } = parameters;
  const count = train.length / RECORD_BYTES;
  const of = { split: "train", names: batches.train, bytes: RECORD_BYTES } as const;
  return {
    train: takeRecords(train, train_images, of),
    test: takeRecords(test, test_images, { ...of, split: "test", names: [batches.test] }),
    // the labels of a set of one's own may stand for anything
    classes: known ? CIFAR10_CLASSES : CIFAR10_CLASSES.map((_, label) => `class ${label}`),
    // what images are called depends on all that there are, not on how many are taken
    ...nameData(name, found, { train: train_images ?? count, of: count }),
  };
}

/** The records of files, one after another; all of them must be sound. */
async function readRecords(
  names: readonly string[],
  files: Paths,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (const name of names) {
    const bytes = await Deno.readFile(files[name]);
    decodeRecords(bytes, name);
    parts.push(bytes);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
