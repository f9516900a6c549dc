/** The engines that numerical tests run on. @module */
import { type Engine, openEngine } from "../lib/engines/mod.ts";

/** An engine under test. */
export interface TestedEngine {
  readonly kind: "cpu" | "pjrt";
  readonly open: () => Promise<Engine>;
  /** True when this machine lacks it; a line on standard error says what is missing. */
  readonly ignore: boolean;
}

/**
 * The plugin for the `pjrt` engine: `SMOOTHNESS_PJRT_PLUGIN`, or the first one under
 * `artifacts/plugins`, where the first run of the pipeline puts it.
 */
export function findPlugin(): string | undefined {
  const named = Deno.env.get("SMOOTHNESS_PJRT_PLUGIN");
  if (named) return named;
  return firstPlugin(new URL("../artifacts/plugins/", import.meta.url));
}

function firstPlugin(folder: URL): string | undefined {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  for (const { name, isDirectory } of entries) {
    if (isDirectory) {
      const found = firstPlugin(new URL(`${name}/`, folder));
      if (found) return found;
    } else if (/pjrt.*\.(so|dylib)$/.test(name)) {
      return decodeURIComponent(new URL(name, folder).pathname);
    }
  }
}

/** Both engines; `pjrt` is ignored where no plugin is found. */
export function engines(): TestedEngine[] {
  const plugin = findPlugin();
  if (!plugin) {
    console.error(
      'The pjrt engine is not tested: no plugin; run "deno task pipeline" once, or set SMOOTHNESS_PJRT_PLUGIN',
    );
  }
  return [
    { kind: "cpu", ignore: false, open: () => openEngine({ kind: "cpu" }) },
    { kind: "pjrt", ignore: !plugin, open: () => openEngine({ kind: "pjrt", plugin }) },
  ];
}
