import { LIMITS } from "../../limits.ts";
import { number, object, optional, text } from "../../schema.ts";
import { nameSynthetic } from "../data_name.ts";
import { encodeRecords } from "../records.ts";
import type { DataParameters, DataSet, DataSource, Split } from "../set.ts";
import { DIFFICULTY, type Difficulty, SYNTHETIC_CLASSES, syntheticRecords } from "../synthetic.ts";

const share = number({ min: 0, max: 1 });

const made: DataSource<DataParameters & { readonly difficulty?: Partial<Difficulty> }> = {
  parameters: object({
    name: text(/^synthetic-[a-z0-9-]+$/, "a name that starts with synthetic-"),
    train_images: number(LIMITS.trainImages),
    test_images: number(LIMITS.testImages),
    difficulty: optional(object({
      contrast: optional(share),
      noise: optional(share),
      clutter: optional(number({ min: 0, max: 1_000, integer: true })),
    })),
  }),
  load({ parameters, seed }) {
    const difficulty = { ...DIFFICULTY, ...parameters.difficulty };
    const make = (split: Split) =>
      encodeRecords(syntheticRecords(seed, split, parameters[`${split}_images`]!, difficulty));
    return Promise.resolve({
      train: make("train"),
      test: make("test"),
      name: nameSynthetic(parameters.name, parameters.difficulty),
      classes: SYNTHETIC_CLASSES,
    });
  },
};

/** Images that the program makes itself, as many as wanted. */
export const data: DataSet = {
  name: "synthetic",
  title: "synthetic",
  source: "this project, lib/data/synthetic.ts",
  image: [32, 32, 3],
  classes: SYNTHETIC_CLASSES,
  sources: { synthetic: made },
};
