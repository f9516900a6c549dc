/** `deno task open`: shows Table 1 and opens the report. @module */
import { basename, join, resolve } from "node:path";
import { adoptedLines } from "../pipeline/answers/adopted.ts";
import { digestOfFile } from "../pipeline/store/digest.ts";
import { readJson, statIfPresent } from "../pipeline/store/files.ts";
import type { Manifest } from "../pipeline/store/manifest.ts";
import { isProfilePath, profileIdentity } from "../pipeline/profile/identity.ts";
import { loadProfile } from "../pipeline/profile/profile.ts";
import { openStore, type Store } from "../pipeline/store/store.ts";
import { type Command, commandMain } from "./common/command.ts";
import { commandLine } from "./common/command_line.ts";
import { STORE_TEXT } from "./common/options.ts";
import { readFlags, refuseRest, UsageError } from "./common/flags.ts";
import { storeFolder } from "./common/store.ts";
import { PAGE } from "./results/copy.ts";
import { openCommands } from "./trace/commands.ts";

/** Figures that results may have. */
const FIGURES = [
  "figure1.svg",
  "training.svg",
  "collapse.svg",
  "branches.svg",
  "readings.svg",
  "theory.svg",
  "curve.svg",
  "transfer.svg",
  "surface.svg",
  "dial.svg",
];

/** A profile's results as files. */
export interface ShownResults {
  readonly folder: string;
  /** Table 1 for the terminal. */
  readonly text: string;
  /** Which cells were adopted, and how they were tried. */
  readonly notes: readonly string[];
  /** Paths of the figures that are there. */
  readonly figures: readonly string[];
}

/** What is used of the record that the pipeline leaves beside the results. */
interface ProvenanceRecord {
  readonly results: Readonly<Record<string, string>>;
  readonly cells: Readonly<Record<string, Pick<Manifest, "adopted">>>;
}

/** Notes on the cells behind a table; none where the record is of another table. */
async function notesOf(folder: string): Promise<string[]> {
  const record = readJson<ProvenanceRecord>(join(folder, "provenance.json"));
  const table = await digestOfFile(join(folder, "table1.json"));
  if (record?.results?.["table1.json"] !== table) return [];
  return adoptedLines(
    Object.entries(record.cells).map(([cell, { adopted }]) => ({
      cell,
      ...adopted === undefined ? {} : { adopted },
    })),
  );
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
  const folder = store.results(profile), path = join(folder, "table1.txt");
  let text;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(
      `Cannot show the results of profile "${given}": no "${path}"; run "${
        commandLine("pipeline", { profile: given, set: [], store: store.folder }, [])
      }"`,
    );
  }
  const figures = FIGURES.map((file) => join(folder, file))
    .filter((path) => statIfPresent(path) !== undefined);
  return { folder, text, notes: await notesOf(folder), figures };
}

/** The report of a profile, written if it is not there; undefined where the store has no table. */
async function openReport(
  store: Store,
  { folder }: ShownResults,
  profile: string,
): Promise<string | undefined> {
  const path = join(folder, PAGE);
  if (statIfPresent(path) !== undefined) return path;
  const { writeReport } = await import("./report/write.ts");
  const loaded = loadProfile(profile), options = { profile, set: [] };
  const commands = openCommands(loaded, options, store.cache);
  return (await writeReport({ store, profile: loaded.id, commands }))?.path;
}

/** The command that opens a file or an address with the program the user has for it. */
export function opener(os: string, path: string): [program: string, ...args: string[]] {
  if (os === "windows") return ["cmd", "/c", "start", "", path];
  if (os === "darwin") return ["open", path];
  return ["xdg-open", path];
}

/** Opens a file or an address; false where there is no program for that. */
export async function openFile(path: string): Promise<boolean> {
  const [program, ...args] = opener(Deno.build.os, path);
  try {
    const command = new Deno.Command(program, { args, stdout: "null", stderr: "null" });
    return (await command.output()).success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => {
    const read = readFlags(args, { texts: ["profile", "store"], flags: ["print"] });
    refuseRest(read.rest, '; run "deno task open --help"');
    return read;
  },
  help: {
    summary: "Shows a profile's Table 1 and opens the report.",
    usage: ["deno task open [options]"],
    options: [["Options", [
      ["--profile NAME", "whose results: a name or the path of a YAML file (default: demo)"],
      ["--store DIR", STORE_TEXT],
      ["--print", "only print the table and the files; write and open nothing"],
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
  // as for the pipeline, a profile may be given as the path of its YAML file
  const path = isProfilePath(given)
    ? resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), given)
    : given;
  const { id: profile } = profileIdentity(path);
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
    if (!isProfilePath(given)) loadProfile(given); // says so where there is no such profile
    console.error(error.message);
    return 1;
  }
  console.log(results.text);
  for (const note of results.notes) console.log(note);
  if (flags.has("print")) {
    console.log(results.figures.join("\n"));
    return 0;
  }
  const page = await openReport(store, results, path);
  console.log([...page === undefined ? [] : [page], ...results.figures].join("\n"));
  if (page === undefined) {
    console.log("The store has no cells of this table, so there is no report");
  } else if (!await openFile(resolve(page))) {
    console.log("No program was found to open the report with; open it in a browser");
  }
  return 0;
}

if (import.meta.main) await commandMain(main, command);
