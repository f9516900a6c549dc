/**
 * What a data set is: what its images are, and where they come from.
 *
 * A data set is one file of `lib/data/sets/` that exports `data`. Its files are read, downloaded and
 * unpacked by whoever loads it, so that commands read its name and its parameters at no cost.
 *
 * @example
 * ```ts
 * import { LIMITS } from "../limits.ts";
 * import { number, object, text } from "../schema.ts";
 * import type { DataSet } from "./set.ts";
 *
 * // two classes, black and white
 * export const data: DataSet = {
 *   name: "plain",
 *   title: "Plain",
 *   source: "made up for this example",
 *   image: [8, 8, 1],
 *   classes: ["black", "white"],
 *   sources: {
 *     made: {
 *       parameters: object({
 *         name: text(),
 *         train_images: number(LIMITS.trainImages),
 *         test_images: number(LIMITS.testImages),
 *       }),
 *       load({ parameters: { name, train_images, test_images } }) {
 *         const make = (count: number) =>
 *           new Uint8Array(65 * count).map((_, at) => Math.floor(at / 65) % 2 * (at % 65 ? 255 : 1));
 *         const train = make(train_images!), test = make(test_images!);
 *         return Promise.resolve({ train, test, name, classes: ["black", "white"] });
 *       },
 *     },
 *   },
 * };
 * ```
 *
 * @module
 */
import type { Task } from "../task.ts";
import { fieldsOf, number, object, oneOf, optional, type Schema } from "../schema.ts";
import type { ArchiveContent } from "./archive.ts";
import type { PinnedFile } from "./download.ts";

/** A part of a data set. */
export type Split = "train" | "test";

/** What every source of images is told; some are told more. */
export interface DataParameters {
  /** The name to report. */
  readonly name: string;
  /** How many to take from the start; `null` takes all. */
  readonly train_images: number | null;
  readonly test_images: number | null;
}

/** What images are loaded with. */
export interface LoadContext<Parameters> {
  readonly parameters: Parameters;
  readonly seed: bigint;
  /** Paths of the files of a folder by name; none where the source has no `folder`. */
  readonly files: Readonly<Record<string, string>>;
  /** Downloads an archive, checks it, and unpacks it: paths of its files by name. */
  readonly unpack: (
    file: PinnedFile,
    content: ArchiveContent,
  ) => Promise<Readonly<Record<string, string>>>;
}

/** Images and what they are called. */
export interface LoadedData extends Readonly<Record<Split, Uint8Array<ArrayBuffer>>> {
  /** What they are called by their content. */
  readonly name: string;
  /** Names by label. */
  readonly classes: readonly string[];
  /** Where the profile calls them otherwise: a sentence without its full stop. */
  readonly remark?: string;
}

/** Where images come from. */
export interface DataSource<Parameters extends DataParameters = DataParameters> {
  /** Schema of a profile's `data`, without `source` and `set`: an `object`. */
  readonly parameters: Schema<Parameters>;
  /** How many images there are, where that is known before they are loaded. */
  readonly amounts?: Readonly<Record<Split, number>>;
  /** Whether it reads the folder that `--data` names. */
  readonly folder?: boolean;
  /** Hosts that it connects to. */
  readonly hosts?: readonly string[];
  /**
   * Loads the images: for each split its records one after another, each a label's byte and then the
   * image, `[C, H, W]`, 0 to 255.
   *
   * @throws {Error} If that cannot be done; the message says what to do
   */
  load(context: LoadContext<Parameters>): Promise<LoadedData>;
}

/** A data set. */
export interface DataSet {
  /** As in profiles, for example `cifar10`; its file is `cifar10.ts`. */
  readonly name: string;
  /** As in tables. */
  readonly title: string;
  /** Where it was published. */
  readonly source: string;
  readonly image: Task["image"];
  /** Names by label; at most 256. */
  readonly classes: readonly string[];
  /** Where its images may come from, by a profile's `data.source`. */
  readonly sources: Readonly<Record<string, DataSource>>;
}

/** What a network for a data set is for. */
export const taskOf = ({ image, classes }: Pick<DataSet, "image" | "classes">): Task => ({
  image,
  classes: classes.length,
});

/** What a profile says of its images, whatever their source. */
export interface DataProfile extends DataParameters {
  readonly source: string;
  /** Name of the data set. */
  readonly set?: string;
  /** Strength of the features that are injected into all images, in pixels in [0, 1]; none without. */
  readonly injected_features?: number;
  /** What one source alone is told. */
  readonly [parameter: string]: unknown;
}

/** Schema of a profile's `data` for one source of one set. */
export function dataSchema({ name, sources }: DataSet, source: string): Schema<DataProfile> {
  return object({
    source: oneOf(source),
    ...fieldsOf(sources[source].parameters),
    set: optional(oneOf(name)),
    injected_features: optional(number({ min: 1 / 255, max: 1 })),
  }) as Schema<unknown> as Schema<DataProfile>;
}
