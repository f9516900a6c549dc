/** A model of the store, named by the cell that trained it. @module */
import { nearest } from "../../pipeline/cells/nearest.ts";
import { profileIdentity } from "../../pipeline/profile/identity.ts";
import type { Digest } from "../../pipeline/store/digest.ts";
import { readJson } from "../../pipeline/store/files.ts";
import { latestEntries } from "../../pipeline/store/manifests.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { UsageError } from "../common/flags.ts";
import { profileGiven } from "../common/profile.ts";

/** Where a cell's model lies, and the images that its profile tests on. */
export interface CellModel {
  /** The cell. */
  readonly name: string;
  readonly weights: string;
  readonly card: string;
  readonly images: string;
}

/** Whether a name is that of a training's cell. */
export const isCell = (name: string): boolean => /^train:[\w.-]+:[\w.@-]+$/.test(name);

/**
 * Finds what a training left last.
 *
 * @param profile Name of a profile, or path of its file
 * @throws {UsageError} If it has not run, what it left is no longer in the store, or its images are
 * not of CIFAR-10's form
 */
export function cellModel(store: Store, cell: string, profile: string): CellModel {
  const { id, argument } = profileIdentity(profileGiven(profile));
  const key = store.latestKey(id, cell), manifest = key && store.manifest(key);
  if (!manifest) throw new UsageError(notThere(store, cell, id, argument));
  const [data] = Object.entries(manifest.inputs).filter(([name]) => name.startsWith("fetch:"))
    .map(([, files]) => files);
  refuseOtherImages(store, cell, data["dataset.json"]);
  const { "model.safetensors": weights, "card.json": card } = manifest.outputs;
  return {
    name: cell,
    weights: store.object(weights.digest),
    card: store.object(card.digest),
    images: store.object(data["test.bin"]),
  };
}

/** Evaluations read images of CIFAR-10's form. */
function refuseOtherImages(store: Store, cell: string, dataset: Digest | undefined): void {
  const { image = [32, 32, 3], classes } =
    (dataset && readJson<DataSetFile>(store.object(dataset))) ??
      {};
  const count = classes?.length ?? 10;
  if (image.join() === "32,32,3" && count === 10) return;
  throw new UsageError(
    `Cannot evaluate "${cell}": its images are ${image.join("x")} of ${count} classes, expected ` +
      '32x32x3 of 10; the section "attacks" of its profile attacks it',
  );
}

/** What is read of a data set's file. */
interface DataSetFile {
  readonly image?: readonly number[];
  readonly classes?: readonly string[];
}

function notThere(store: Store, cell: string, id: string, argument: string): string {
  const entries = latestEntries(store);
  const own = entries.filter(({ profile, cell }) => profile === id && isCell(cell))
    .map(({ cell }) => cell);
  const command = `deno task stage ${argument === "demo" ? "" : `--profile ${argument} `}${cell}`;
  const others = [
    ...new Set(entries.filter((one) => one.cell === cell).map(({ profile }) => profile)),
  ];
  const hints = [
    ...own.length === 0 ? [] : [`nearest is "${nearest(cell, own, 1)[0]}"`],
    ...others.length === 0 ? [] : [`it has run for ${others.join(", ")}: name one with --profile`],
    `run "${command}"`,
  ];
  return `Cannot find the model of "${cell}": it has not run for profile "${argument}"; ` +
    hints.join("; ");
}
