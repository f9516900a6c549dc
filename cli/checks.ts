/**
 * `deno task test`: formatting, lint, types, then every test and every example in the documentation.
 *
 * The last line is `N passed, N failed`, summed over the steps.
 *
 * @module
 */
import { parseArgs } from "@std/cli";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { lockFlags } from "../lib/locked.ts";
import { ensurePlugin, PLUGIN_VARIABLE } from "../lib/pjrt_plugin/mod.ts";
import { commandMain } from "./common/command.ts";
import { writeOutput } from "./common/output.ts";
import { storeFolder } from "./common/store.ts";
import { type Counts, countsOf, summarize } from "./checks/counts.ts";

interface Step {
  readonly name: string;
  readonly args: readonly string[];
}

/** Packages as they are locked. */
const LOCKED = lockFlags(fileURLToPath(new URL("..", import.meta.url)));

const STEPS: readonly Step[] = [
  { name: "fmt", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "check", args: ["check", "--quiet", ...LOCKED, "."] },
];

const HELP = `Runs all checks: formatting, lint, types, tests and the documentation's examples

Usage: deno task test [--plugin PATH] [FILE or FOLDER…]

With files or folders, only their tests run. Without a PJRT plugin the tests of the engine "pjrt"
are skipped, unless --plugin or SMOOTHNESS_PJRT_PLUGIN names one or pip can fetch it.

Exit code: 0 if everything passed, 1 if not, 2 for wrong usage`;

/** Runs deno with arguments, showing its output, and returns its output and whether it succeeded. */
async function deno(
  args: readonly string[],
  env: Record<string, string>,
): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const decoder = new TextDecoder();
  let output = "", ended = false;
  const status = child.status.finally(() => ended = true);
  try {
    for await (const chunk of child.stdout) {
      const text = decoder.decode(chunk, { stream: true });
      writeOutput(text);
      output += text;
    }
  } catch (error) {
    if (!ended) child.kill();
    await status;
    throw error;
  }
  return { success: (await status).success, output };
}

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

async function main(given: string | undefined, paths: readonly string[]): Promise<boolean> {
  const results: { name: string; counts: Counts }[] = [];
  for (const { name, args } of paths.length > 0 ? [] : STEPS) {
    console.log(`\n--- ${name}`);
    const { success } = await deno(args, {});
    results.push({ name, counts: { passed: +success, failed: +!success, skipped: [] } });
  }
  let environment = {};
  console.log("\n--- tests and documentation");
  try {
    environment = await plugin(given);
  } catch (error) {
    console.log((error as Error).message);
    console.log('The tests of the engine "pjrt" are skipped');
  }
  const { success, output } = await deno(
    ["test", ...LOCKED, "-A", "--no-prompt", "--doc", ...paths],
    environment,
  );
  results.push({ name: "tests and documentation", counts: countsOf(output, success) });
  console.log(`\n${summarize(results)}`);
  return results.every(({ counts }) => counts.failed === 0);
}

if (import.meta.main) {
  const wrong: string[] = [];
  const args = parseArgs(Deno.args, {
    string: ["plugin"],
    boolean: ["help"],
    alias: { help: "h" },
    unknown: (arg) => !arg.startsWith("-") || wrong.push(arg) < 0,
  });
  if (args.help) {
    console.log(HELP);
    Deno.exit(0);
  }
  if (wrong.length > 0) {
    console.error(`Cannot read the arguments: unknown "${wrong[0]}"; run "deno task test --help"`);
    Deno.exit(2);
  }
  await commandMain(async () => await main(args.plugin || undefined, args._.map(String)) ? 0 : 1);
}
