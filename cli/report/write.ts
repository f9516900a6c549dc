/** Puts the page beside a profile's results. @module */
import { join } from "node:path";
import { writeAtomic } from "../../pipeline/store/files.ts";
import { PAGE } from "../results/copy.ts";
import { writeCheck } from "./check/write.ts";
import { collect, type Results } from "./collect.ts";
import { reportPage } from "./mod.ts";

/**
 * Writes the page, and the folder beside it that it checks itself with.
 *
 * @param path Where, if not beside the results
 * @returns The path, and the verdict in a sentence; undefined if the profile has no table
 */
export async function writeReport(
  results: Results,
  path?: string,
): Promise<{ readonly path: string; readonly sentence?: string } | undefined> {
  const data = await collect(results);
  if (data === undefined) return undefined;
  const place = path ?? join(results.store.results(results.profile), PAGE);
  const check = await writeCheck(results, data, place);
  writeAtomic(place, reportPage({ ...data, check }));
  return { path: place, sentence: data.verdict?.sentence };
}
