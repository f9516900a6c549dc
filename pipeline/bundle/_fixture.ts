/** Bundles of the small repository for tests. @module */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Fixture, makeFixture } from "../_fixture.ts";
import { openCode } from "../code/code_digest.ts";
import { openStatCache } from "../code/stat_cache.ts";
import { digestOfFile } from "../store/digest.ts";
import type { RunEvent } from "../run/events.ts";
import { filesBelow } from "../store/files.ts";
import { inOrder } from "../cells/select.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import type { ArchiveIndex } from "./archive.ts";
import { exportBundle, type ExportOptions } from "./export.ts";
import { type OpenedBundle, runBundle } from "./host.ts";
import type { ImportOptions } from "./import.ts";

/** Limits that no test reaches. */
export const LIMITS = { split: 1e6, files: 8 };

/** Makes the small repository with a module that stands for the runner. */
export function makeBundleFixture(): Fixture {
  const fixture = makeFixture();
  fixture.write("runner.ts", 'console.log("the runner");');
  return fixture;
}

/** Exports cells of the repository to a folder in it. */
export async function exportCells(
  { root, store }: Fixture,
  cells: readonly CellDeclaration[],
  selected: readonly string[],
  more: Partial<ExportOptions> = {},
): Promise<ArchiveIndex & { readonly out: string }> {
  const stats = openStatCache(join(store.cache, "files.json"));
  const out = join(root, "bundle");
  const index = await exportBundle({
    ...{ profile: "test", store, stats, root, out, selected, split: 1e6, deno: false },
    code: openCode({ root, cache: store.cache, stats }),
    cells: inOrder(cells),
    runner: pathToFileURL(join(root, "runner.ts")),
    onNote: () => {},
    ...more,
  });
  return { ...index, out };
}

/** Runs an opened bundle; each event can abort it. */
export async function runCells(
  bundle: OpenedBundle,
  onEvent: (event: RunEvent, controller: AbortController) => void = () => {},
) {
  const events: RunEvent[] = [], controller = new AbortController();
  const summary = await runBundle(bundle, {
    jobs: 1,
    signal: controller.signal,
    prepareEngine: () => Promise.resolve({ kind: "none" }),
    onEvent(event) {
      events.push(event);
      onEvent(event, controller);
    },
  });
  return { ...summary, events };
}

/** Options of an import into the store of the repository. */
export function importing({ store }: Fixture): ImportOptions {
  return { store, outputsOf: ({ stage }) => stage === "other" ? undefined : ["value.txt"] };
}

/** Digests of all that a store holds but caches, by path. */
export async function contentOfStore({ store }: Fixture): Promise<Record<string, string>> {
  const paths = filesBelow(store.folder).filter((path) => !path.startsWith(store.cache));
  return Object.fromEntries(
    await Promise.all(paths.map(async (path) => [path, await digestOfFile(path)])),
  );
}

/** Works in a new folder, which is gone then. */
export async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "archive_" });
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Works with a new fixture. */
export async function withFixture(work: (fixture: Fixture) => Promise<void>): Promise<void> {
  using fixture = makeBundleFixture();
  await work(fixture);
}
