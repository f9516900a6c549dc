/** What a manifest of a remote must be to be used. @module */
import { outputsOf } from "../cells/outputs.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { isDigest } from "../store/digest.ts";
import { type Key, keyOf } from "../store/key.ts";
import type { Manifest } from "../store/manifest.ts";

/** What keeps a manifest from being used for a key, if anything. */
export function manifestProblem(
  manifest: Manifest | undefined,
  cell: CellDeclaration,
  key: Key,
): string | undefined {
  const unsound = "is not the manifest that its name says";
  try {
    if (manifest === undefined || manifest.key !== key || keyOf(manifest) !== key) return unsound;
    const names = Object.keys(manifest.outputs).sort().join();
    const sound = names === [...outputsOf(cell)].sort().join() &&
      // Who asks may know the names from this manifest alone.
      Object.keys(manifest.outputs).every((name) =>
        /^[^/\\\0]+$/.test(name) && !/^\.+$/.test(name)
      ) &&
      Object.values(manifest.outputs).every(({ digest, size }) =>
        isDigest(digest) && Number.isSafeInteger(size)
      ) &&
      Object.values(manifest.metrics).every((value) => typeof value === "number") &&
      typeof manifest.provenance.finished === "string";
    return sound ? undefined : unsound;
  } catch (error) {
    // A record of another shape.
    if (error instanceof TypeError) return unsound;
    throw error;
  }
}
