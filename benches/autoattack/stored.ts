/** The comparison from halves that are stored, without running anything. @module */
import { join } from "node:path";
import { compare, type Half } from "./compare.ts";
import type { Measured } from "./report.ts";

/** Reads `NAME.ours….seed0.json`, `NAME.reference.seed0.json` and, where it is, `….seed1.json`. */
export async function readStored(folder: string): Promise<Measured[]> {
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const read = async (file: string): Promise<Half> =>
    JSON.parse(await Deno.readTextFile(join(folder, file)));
  const suffix = /\.ours(-\w+)?\.seed0\.json$/;
  return await Promise.all(
    files.filter((file) => suffix.test(file)).map(async (file) => {
      const name = file.replace(suffix, ""), again = `${name}.reference.seed1.json`;
      const ours = await read(file), reference = await read(`${name}.reference.seed0.json`);
      return {
        name,
        ours,
        reference,
        comparison: compare(ours, reference),
        spread: files.includes(again) ? compare(await read(again), reference) : undefined,
      };
    }),
  );
}
