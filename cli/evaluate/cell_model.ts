/** A model of the store, named by the cell that trained it. @module */
import { nearest } from "../../pipeline/cells/nearest.ts";
import { profileIdentity } from "../../pipeline/profile/identity.ts";
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
 * @throws {UsageError} If it has not run, or what it left is no longer in the store
 */
export function cellModel(store: Store, cell: string, profile: string): CellModel {
  const { id, argument } = profileIdentity(profileGiven(profile));
  const key = store.latestKey(id, cell), manifest = key && store.manifest(key);
  if (!manifest) throw new UsageError(notThere(store, cell, id, argument));
  const [images] = Object.entries(manifest.inputs).filter(([name]) => name.startsWith("fetch:"))
    .map(([, files]) => files["test.bin"]);
  const { "model.safetensors": weights, "card.json": card } = manifest.outputs;
  return {
    name: cell,
    weights: store.object(weights.digest),
    card: store.object(card.digest),
    images: store.object(images),
  };
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
