/** A profile's results as a server gives them away. @module */
import { basename, join } from "node:path";
import { statIfPresent } from "../../pipeline/store/files.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { PAGE } from "../results/copy.ts";

/** A file of the results. */
export interface ServedFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** What is given away. */
export interface ServedResults {
  /** Changes when the page does; nothing where there is no page. */
  readonly version: () => string | undefined;
  /** A file by its name, or `report-check/` and its name; nothing where there is none of it. */
  readonly read: (name: string) => Promise<ServedFile | undefined>;
}

/** Types by the end of a name; others are not given away. */
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  svg: "image/svg+xml",
  png: "image/png",
  pdf: "application/pdf",
  csv: "text/csv; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  md: "text/plain; charset=utf-8",
  tex: "text/plain; charset=utf-8",
};

const typeOf = (path: string): string | undefined =>
  TYPES[basename(path).match(/^[\w-]+\.(\w+)$/)?.[1] ?? ""];

/** The folder beside the page with what the page loads when a reader asks for its check. */
const CHECK = "report-check";

/**
 * Opens a profile's results. A name that is asked for is compared with those in the folder, and the path
 * is made of the folder's own.
 *
 * @param build Makes the page where the store has a table and the folder no page
 */
export function openServedResults(
  store: Pick<Store, "results" | "latestKey">,
  profile: string,
  build: () => Promise<string | undefined>,
): ServedResults {
  const folder = store.results(profile);
  let built: { readonly version: string; readonly page: Promise<string | undefined> } | undefined;

  /** The table that a page would be made of. */
  const tableVersion = () => {
    const keys = ["aggregate", "plot"].map((cell) => store.latestKey(profile, cell) ?? "");
    return keys[0] === "" ? undefined : keys.join(" ");
  };

  async function page(): Promise<string | undefined> {
    const version = tableVersion();
    if (version === undefined) return undefined;
    if (built?.version !== version) built = { version, page: build() };
    try {
      return await built.page;
    } catch (error) {
      built = undefined; // what was collected meanwhile may be there the next time
      throw error;
    }
  }

  function find(name: string): string | undefined {
    const inCheck = name.startsWith(`${CHECK}/`),
      wanted = inCheck ? name.slice(CHECK.length + 1) : name;
    const place = inCheck ? join(folder, CHECK) : folder;
    const entry = entriesOf(place).find((one) => one.isFile && one.name === wanted);
    return entry && typeOf(entry.name) && join(place, entry.name);
  }

  return {
    version() {
      const info = statIfPresent(join(folder, PAGE));
      return info?.isFile ? `${info.mtime?.getTime()} ${info.size}` : tableVersion();
    },
    async read(name) {
      const path = find(name);
      if (path !== undefined) {
        try {
          return { bytes: await Deno.readFile(path), type: typeOf(path)! };
        } catch (error) {
          if (!(error instanceof Deno.errors.NotFound)) throw error;
        }
      }
      const text = name === PAGE ? await page() : undefined;
      return text === undefined
        ? undefined
        : { bytes: new TextEncoder().encode(text), type: TYPES.html };
    },
  };
}

function entriesOf(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
