/**
 * `deno task test`: formatting, lint, types, every test and every example in the documentation.
 *
 * As many processes of deno run as there are cores, and one more. The last line is `N passed, N
 * failed`, summed over all.
 *
 * @module
 */
import { join, relative, sep } from "node:path";
import { ensurePlugin, PLUGIN_VARIABLE } from "../lib/pjrt_plugin/mod.ts";
import { type Command, commandMain } from "./common/command.ts";
import { readFlags } from "./common/flags.ts";
import { writeOutput } from "./common/output.ts";
import { fromUser, ROOT } from "./common/context.ts";
import { CODE_CACHE_VARIABLE, EXECUTABLES_VARIABLE, storeFolder } from "./common/store.ts";
import { summarize } from "./checks/counts.ts";
import { runUnits } from "./checks/run_units.ts";
import { findTests, loading, STATIC, type Tests, unitsOf } from "./checks/units.ts";

/** Names the options with which Deno starts V8. */
const V8_VARIABLE = "DENO_V8_FLAGS";

/**
 * Options of V8 with which WebAssembly is compiled once, quickly: the commands that tests start run
 * esbuild for less time than optimising it takes.
 */
const v8Flags = (given: string | undefined): string =>
  [given, "--liftoff-only"].filter(Boolean).join(",");

/** The plugin that the tests of the engine `pjrt` use, fetched if need be. */
async function plugin(given: string | undefined): Promise<Record<string, string>> {
  let shown = -1;
  const path = await ensurePlugin({
    plugin: given,
    folder: join(storeFolder(), "plugins"),
    onProgress: (bytes, total) => {
      const tenth = Math.floor(10 * bytes / total);
      if (tenth === shown) return;
      shown = tenth;
      const megabytes = (value: number) => (value / 1e6).toFixed(1);
      console.log(`fetching the PJRT plugin: ${megabytes(bytes)} of ${megabytes(total)} MB`);
    },
  });
  return { [PLUGIN_VARIABLE]: path };
}

/** The files to test: all of the repository, or those of given files and folders. */
function chosen(paths: readonly string[]): Tests {
  const { permitted, plain, documents } = findTests(ROOT);
  const given = paths.map((path) => relative(ROOT, fromUser(path)));
  const wanted = (path: string) =>
    given.length === 0 ||
    given.some((one) => one === "" || path === one || path.startsWith(`${one}${sep}`));
  const found = {
    permitted: permitted.filter(wanted),
    plain: plain.filter(wanted),
    documents: documents.filter(wanted),
  };
  if (Object.values(found).flat().length > 0) return found;
  throw new Error(
    `Cannot test "${paths.join('", "')}": expected a file or folder with tests or examples`,
  );
}

async function main(given: string | undefined, paths: readonly string[]): Promise<boolean> {
  const tests = chosen(paths);
  const programs = Deno.makeTempDirSync({ prefix: "programs_" });
  let environment: Record<string, string> = {};
  try {
    environment = await plugin(given);
  } catch (error) {
    console.log((error as Error).message);
    console.log('The tests of the engine "pjrt" are skipped');
  }
  environment[CODE_CACHE_VARIABLE] = join(programs, "code");
  const permitted = { [V8_VARIABLE]: v8Flags(Deno.env.get(V8_VARIABLE)) };
  const quickly = {
    [EXECUTABLES_VARIABLE]: programs,
    XLA_FLAGS: "--xla_backend_optimization_level=0",
  };
  const loader = join(programs, "load_test.ts");
  Deno.writeTextFileSync(loader, loading(ROOT, tests.permitted));
  try {
    const run = unitsOf(tests, { quickly, permitted }, loader);
    const units = [...paths.length > 0 ? [] : STATIC, ...run];
    const results = await runUnits(units, environment, {
      atATime: navigator.hardwareConcurrency + 1, // tests of processes often wait for one
      write: writeOutput,
    });
    console.log(`\n${summarize(results)}`);
    return results.every(({ counts }) => counts.failed === 0);
  } finally {
    Deno.removeSync(programs, { recursive: true });
  }
}

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => readFlags(args, { texts: ["plugin"] }),
  help: {
    summary: "Runs all checks: formatting, lint, types, tests and the documentation's examples. " +
      "With files or folders, only their tests run.\n\nWithout a PJRT plugin the tests of the " +
      'engine "pjrt" are skipped, unless --plugin or SMOOTHNESS_PJRT_PLUGIN names one or pip can ' +
      "fetch it.",
    usage: ["deno task test [options] [FILE or FOLDER…]"],
    options: [["Options", [[
      "--plugin PATH",
      "PJRT plugin (default: SMOOTHNESS_PJRT_PLUGIN of the environment)",
    ]]]],
    examples: [["deno task test", "what continuous integration runs"], [
      "deno task test lib/models",
      "the tests of one folder",
    ]],
    exits: "0 if everything passed, 1 if not, 2 for wrong usage",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const { texts, rest } = command.read(Deno.args);
    return await main(texts.plugin, rest) ? 0 : 1;
  }, command);
}
