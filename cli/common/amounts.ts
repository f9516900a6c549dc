/** @module */
import { DataError, sortBatches } from "../../lib/data/batches.ts";
import { RECORD_BYTES } from "../../lib/data/records.ts";
import { type Assessment, isFresh } from "../../pipeline/freshness/assess.ts";
import { chosenData } from "../../pipeline/profile/data_schema.ts";
import { type Profile, refuseTooFew } from "../../pipeline/profile/profile.ts";
import { EXTERNAL_DATA } from "../../stages/fetch/mod.ts";

/**
 * Holds the profile's numbers against the images in its folder, if cells are stale that need them:
 * nobody should pay for a training whose attacks lack images.
 *
 * @throws {ProfileError} If the images are too few
 */
export function checkAmounts(profile: Profile, assessments: readonly Assessment[]): void {
  if (!chosenData(profile.data).source.folder) return;
  const wanted = assessments.filter(({ cell }) => ["train", "attack"].includes(cell.stage.name));
  const files = assessments.map(({ cell }) => cell.files?.[EXTERNAL_DATA]).find(Boolean);
  if (files === undefined || wanted.every(isFresh)) return;
  const count = (names: readonly string[]) =>
    names.reduce((n, name) => n + Math.floor(Deno.statSync(files[name]).size / RECORD_BYTES), 0);
  let there;
  try {
    const { train, test } = sortBatches(Object.keys(files));
    there = { train: count(train), test: count([test]) };
  } catch (error) {
    // the fetch cell says what is wrong with the folder
    if (error instanceof DataError || error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  refuseTooFew(profile, there);
}
