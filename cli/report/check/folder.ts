/** The folder beside the page: its files, and what is remembered of what they were made from. @module */
import { join } from "node:path";
import { digestOfValue } from "../../../pipeline/store/digest.ts";
import {
  readJson,
  removeIfPresent,
  statIfPresent,
  writeAtomic,
} from "../../../pipeline/store/files.ts";
import type { PlannedModel } from "./plan.ts";

/** Enters what files are made from: those of another form are made anew. */
const FORM = 1;

/** What need not be found out again of a model's file. */
export type KeptModel = Pick<PlannedModel, "file" | "bytes" | "work" | "passes" | "slopes">;

/** A folder that is being written. */
export interface CheckFolder {
  /** The name of the file of a model that is made from files of these digests. */
  readonly nameOf: (digests: Readonly<Record<string, string>>) => string;
  /** What is known of a file that is there already. */
  readonly kept: (name: string) => KeptModel | undefined;
  readonly write: (name: string, text: string) => void;
  readonly keep: (model: KeptModel) => void;
  /** Removes the models that were not named, and remembers the others. */
  readonly close: () => void;
}

/** Opens a folder, which need not be there. */
export function openFolder(folder: string): CheckFolder {
  const index = join(folder, "index.json"), models: Record<string, KeptModel> = {};
  const before = readJson<Readonly<Record<string, KeptModel>>>(index) ?? {};
  return {
    nameOf: (digests) =>
      `model-${digestOfValue("report-check", { form: FORM, ...digests }).slice(0, 16)}.js`,
    kept(name) {
      const known = before[name];
      return known?.bytes === statIfPresent(join(folder, name))?.size ? known : undefined;
    },
    write: (name, text) => writeAtomic(join(folder, name), text),
    keep: (model) => models[model.file] = model,
    close() {
      writeAtomic(index, JSON.stringify(models));
      for (const { name } of Deno.readDirSync(folder)) {
        if (/^model-\w+\.js$/.test(name) && !(name in models)) removeIfPresent(join(folder, name));
      }
    },
  };
}
