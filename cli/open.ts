/** `deno task open`: shows Table 1 and opens the figures. @module */
import { basename, join, resolve } from "node:path";
import type { Activation } from "../lib/models/activation.ts";
import type { Architecture } from "../lib/models/architecture.ts";
import type { ReportRules, Table1 } from "../lib/report/mod.ts";
import { loadAttackRules } from "../lib/rules/attacks.ts";
import { loadRules } from "../lib/rules/mod.ts";
import type { Method } from "../lib/training/method.ts";
import { adoptedNotes } from "../pipeline/answers/adopted.ts";
import { digestOfFile } from "../pipeline/store/digest.ts";
import { readJson, statIfPresent, writeAtomic } from "../pipeline/store/files.ts";
import { isProfilePath, profileIdentity } from "../pipeline/profile/identity.ts";
import { openStore, type Store } from "../pipeline/store/store.ts";
import { type CellOrigin, resultsPage } from "./results/page.ts";
import { type Command, commandMain } from "./common/command.ts";
import { STORE_TEXT } from "./common/options.ts";
import { readFlags, refuseRest, UsageError } from "./common/flags.ts";
import { storeFolder } from "./common/store.ts";
import type { Manifest } from "../pipeline/store/manifest.ts";

const FIGURES = [
  { title: "Figure 1", file: "figure1.svg" },
  { title: "Accuracy during training", file: "training.svg" },
  { title: "Collapse", file: "collapse.svg" },
  { title: "Readings of the paper's setting", file: "readings.svg" },
] as const;

/** What only profiles with readings have. */
const READINGS = "readings.svg";

/** A profile's results as files. */
export interface ShownResults {
  readonly folder: string;
  /** Table 1 for the terminal. */
  readonly text: string;
  readonly table: Table1;
  readonly figures: readonly {
    readonly title: string;
    readonly file: string;
    readonly svg: string;
  }[];
  readonly origins: readonly CellOrigin[];
}

/** What is used of the record that the pipeline leaves beside the results. */
interface ProvenanceRecord {
  readonly results: Readonly<Record<string, string>>;
  readonly cells: Readonly<Record<string, Pick<Manifest, "key" | "provenance" | "adopted">>>;
}

/** Engine and platform as a cell's provenance names them, in words. */
function engineText(provenance: Readonly<Record<string, unknown>>): string {
  const parts = ["kind", "engine", "platform", "device"].map((name) => provenance[name])
    .filter((value): value is string => typeof value === "string" && value !== "");
  return parts.length === 0 ? "-" : [...new Set(parts)].join(", ");
}

/** The cells behind a table; none where the record is of another table. */
async function originsOf(folder: string): Promise<CellOrigin[]> {
  const record = readJson<ProvenanceRecord>(join(folder, "provenance.json"));
  const table = await digestOfFile(join(folder, "table1.json"));
  if (record?.results?.["table1.json"] !== table) return [];
  return Object.entries(record.cells).map(([cell, { key, provenance, adopted }]) => {
    const { seconds, finished } = provenance, engine = engineText(provenance);
    return { cell, key, seconds, finished, engine, ...adopted === undefined ? {} : { adopted } };
  });
}

/**
 * Reads a profile's results.
 *
 * @param given How the user named the profile, for the error's hint
 * @throws {Deno.errors.NotFound} If the profile has none
 */
export async function readResults(
  store: Store,
  profile: string,
  given = profile,
): Promise<ShownResults> {
  const folder = store.results(profile);
  const read = async (name: string) => {
    try {
      return await Deno.readTextFile(join(folder, name));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new Deno.errors.NotFound(
        `Cannot show the results of profile "${given}": no "${join(folder, name)}"; run ` +
          `"deno task pipeline${given === "demo" ? "" : ` --profile ${given}`}"`,
      );
    }
  };
  const text = await read("table1.txt");
  const table = JSON.parse(await read("table1.json")) as Table1;
  const figures = [];
  for (const { title, file } of FIGURES) {
    if (file === READINGS && statIfPresent(join(folder, file)) === undefined) continue;
    figures.push({ title, file, svg: await read(file) });
  }
  const origins = await originsOf(folder);
  return { folder, text, table, figures, origins };
}

/** The command that opens a file with the program the user has for it. */
export function opener(os: string, path: string): [program: string, ...args: string[]] {
  if (os === "windows") return ["cmd", "/c", "start", "", path];
  if (os === "darwin") return ["open", path];
  return ["xdg-open", path];
}

/** Opens a file; false where there is no program for that. */
async function openFile(path: string): Promise<boolean> {
  const [program, ...args] = opener(Deno.build.os, path);
  try {
    const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Writes the page of results into their folder and returns its path. */
export async function writePage(results: ShownResults): Promise<string> {
  const path = join(results.folder, "index.html");
  const rules: ReportRules = {
    method: await loadRules<Method>("method"),
    activation: await loadRules<Activation>("activation"),
    architecture: await loadRules<Architecture>("architecture"),
    attack: await loadAttackRules(),
  };
  writeAtomic(path, resultsPage({ ...results, rules }));
  return path;
}

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => {
    const read = readFlags(args, { texts: ["profile", "store"], flags: ["print"] });
    refuseRest(read.rest, '; run "deno task open --help"');
    return read;
  },
  help: {
    summary: "Shows a profile's Table 1 and opens the page with its figures.",
    usage: ["deno task open [options]"],
    options: [["Options", [
      ["--profile NAME", "whose results: a name or the path of a YAML file (default: demo)"],
      ["--store DIR", STORE_TEXT],
      ["--print", "only print the table and the files; open nothing"],
    ]]],
    examples: [["deno task open", "the demo profile's results"], [
      "deno task open --profile small --print",
      "no page, for a terminal",
    ]],
    exits: "0 if results were shown, 1 if there are none, 2 for wrong usage",
  },
} satisfies Command;

async function main(): Promise<number> {
  const { texts, flags } = command.read(Deno.args);
  const given: string = texts.profile ?? "demo";
  // As for the pipeline, a profile may be given as the path of its YAML file.
  const { id: profile } = profileIdentity(
    isProfilePath(given) ? resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), given) : given,
  );
  if (!/^[A-Za-z0-9][\w.-]*$/.test(isProfilePath(given) ? basename(given) : given)) {
    throw new UsageError(
      `Cannot read --profile: "${given}", expected a profile's name such as demo; ` +
        'run "deno task open --help"',
    );
  }
  const store = openStore(storeFolder(texts.store));
  let results;
  try {
    results = await readResults(store, profile, given);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    console.error(error.message);
    return 1;
  }
  console.log(results.text);
  for (const note of adoptedNotes(results.origins)) console.log(note);
  const files = results.figures.map(({ file }) => join(results.folder, file));
  if (flags.has("print")) {
    console.log(files.join("\n"));
    return 0;
  }
  const page = await writePage(results);
  console.log([page, ...files].join("\n"));
  if (!await openFile(resolve(page))) {
    console.log("No program was found to open the page with; open it in a browser");
  }
  return 0;
}

if (import.meta.main) await commandMain(main, command);
