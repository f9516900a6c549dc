/**
 * What `dry_run.sh` asks of files.
 *
 *     dry_run whole OUT        is what a killed run left there whole, and how much is it?
 *     dry_run digests STORE…   every output of trainings and attacks, a line each
 *
 * @module
 */
import { join } from "node:path";
import { readArchive } from "../../pipeline/bundle/archive.ts";
import { checkVolumes } from "../../pipeline/bundle/volumes.ts";
import { filesBelow } from "../../pipeline/store/files.ts";
import { isDigest } from "../../pipeline/store/digest.ts";
import type { Key } from "../../pipeline/store/key.ts";
import { openStore } from "../../pipeline/store/store.ts";

/** Reads every file of a folder as what it says it is; a file that is half written throws. */
async function whole(out: string): Promise<string> {
  const files = filesBelow(out), temporary = files.filter((path) => path.endsWith(".tmp"));
  let cells = 0, told = 0;
  for (const path of files) {
    if (path.endsWith("results.jsonl")) {
      Deno.readTextFileSync(path).trimEnd().split("\n").forEach((line) => JSON.parse(line));
    } else if (path.endsWith("summary.json")) {
      const { trainings, leftOut } = JSON.parse(Deno.readTextFileSync(path));
      told += trainings.length + leftOut.length;
    } else if (path.endsWith("results.json")) {
      const archive = readArchive(path, ["results"]);
      await checkVolumes(archive);
      cells += (archive.index.about.cells as unknown[]).length;
    }
  }
  const bytes = files.reduce((sum, path) => sum + Deno.statSync(path).size, 0);
  return `${files.length} files, ${(bytes / 1e6).toFixed(2)} MB: ${cells} cells packed, ` +
    `${told} in summaries${temporary.length === 0 ? "" : `, ${temporary.length} being written`}`;
}

/** Lines of cell, output and SHA-256. */
function digests(stores: readonly string[]): string[] {
  return stores.flatMap((folder) => {
    const store = openStore(folder);
    return [...Deno.readDirSync(join(folder, "manifests"))].flatMap(({ name }) => {
      const key = name.replace(/\.json$/, "");
      const manifest = isDigest(key) ? store.manifest(key as string as Key) : undefined;
      if (manifest === undefined || !/^(?:train|attack):/.test(manifest.cell)) return [];
      return Object.entries(manifest.outputs).map(([output, { digest }]) =>
        `${manifest.cell} ${output} ${digest}`
      );
    });
  }).sort();
}

const [command, ...args] = Deno.args;
if (command === "whole") console.log(await whole(args[0]));
else if (command === "digests") console.log(digests(args).join("\n"));
else throw new RangeError(`Cannot do "${command}": expected whole or digests`);
