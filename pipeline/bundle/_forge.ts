/** Forged results for tests: all digests are right, and something else is not. @module */
import { filesBelow } from "../store/files.ts";
import { checkManifest, type Manifest, manifestText } from "../store/manifest.ts";
import type { Json } from "../store/canonical.ts";
import { readArchive } from "./archive.ts";
import { packArchive } from "./pack.ts";
import { manifestPath, type ResultsContent, resultsOf } from "./results.ts";
import { unpackArchive } from "./unpack.ts";

/** Results as they can be forged: whoever packs them can give all files the digests they have. */
export interface Forgery {
  readonly files: Map<string, Uint8Array>;
  about: ResultsContent;
  /** Replaces what the cell `number` left, and its name where its key changes. */
  readonly change: (changes: (manifest: Manifest) => Partial<Manifest>) => void;
}

/** A text as a file has it. */
export const bytesOf = (text: string) => new TextEncoder().encode(text);

/** Packs results anew after something was done to them. */
export async function forge(results: string, out: string, damage: (forgery: Forgery) => void) {
  const archive = readArchive(results, ["results"]), folder = `${out}.files`;
  await unpackArchive(archive, folder);
  const files = new Map(
    filesBelow(folder).map((path) => [path.slice(folder.length + 1), Deno.readFileSync(path)]),
  );
  const forgery: Forgery = {
    files,
    about: resultsOf(archive.index),
    change(changes) {
      const [{ key }, ...rest] = forgery.about.cells, path = manifestPath(key);
      const reading = checkManifest(files.get(path)!);
      if (reading.kind !== "sound") throw new Error("Cannot change a manifest that is not sound");
      const changed = { ...reading.manifest, ...changes(reading.manifest) };
      files.delete(path);
      files.set(manifestPath(changed.key), bytesOf(manifestText(changed)));
      forgery.about = {
        ...forgery.about,
        cells: [{ cell: changed.cell, key: changed.key }, ...rest],
      };
    },
  };
  damage(forgery);
  Deno.mkdirSync(out);
  await packArchive(out, {
    kind: "results",
    about: JSON.parse(JSON.stringify(forgery.about)) as { [name: string]: Json },
    members: [...files].map(([path, from]) => ({ path, from })),
    split: 1e6,
  });
}
