/**
 * What a command fetches the first time: packages and megabytes in an empty folder of Deno.
 *
 *     deno task bench:first-run [--commands 'status,plan,…'] [--write]
 *
 * Each command runs in a copy of the code and with a store of its own; the PJRT plugin is given, so
 * that it is not counted. A command that computes something is ended when its first cell starts.
 * Registries are those of the environment.
 *
 * @module
 */
import { join } from "node:path";
import { copyCode } from "../../tests/copy.ts";
import { findPlugin } from "../../tests/engines.ts";
import { PLUGIN_VARIABLE } from "../../lib/pjrt_plugin/mod.ts";
import { type Bench, benchMain } from "../tables/bench.ts";
import { table } from "../tables/markdown.ts";
import { fetched } from "./fetched.ts";

const OPTIONS = {
  task: "bench:first-run",
  defaults: { commands: "task,task status,task plan,task doctor,task pipeline,test lib/random" },
} as const;

/** The line with which a run says that its first cell starts. */
const STARTED = /^\S+: started/m;

/** Runs a command of Deno until it ends or starts a cell; the code where it failed. */
async function runFirst(
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Record<string, string> },
): Promise<void> {
  const child = new Deno.Command(Deno.execPath(), {
    ...{ args: [...args], cwd, env, stdin: "null", stdout: "piped", stderr: "piped" },
  }).spawn();
  let text = "", started = false;
  const read = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const part of stream.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (started || !STARTED.test(text)) continue;
      started = true;
      child.kill("SIGINT"); // as a user ends it: its cells end, too
    }
  };
  const [{ success }] = await Promise.all([child.status, read(child.stdout), read(child.stderr)]);
  if (success || started) return;
  throw new Error(`Cannot measure "deno ${args.join(" ")}": it failed with\n${text.slice(-2000)}`);
}

async function main(bench: Bench<keyof typeof OPTIONS.defaults>): Promise<void> {
  const plugin = await findPlugin(), lines: (string | number)[][] = [];
  for (const command of bench.texts.commands.split(",")) {
    const folder = await Deno.makeTempDir({ prefix: "first_run_" });
    const cwd = join(folder, "code"), packages = join(folder, "deno");
    try {
      await copyCode(cwd);
      await runFirst(command.trim().split(/\s+/), {
        cwd,
        env: {
          DENO_DIR: packages,
          SMOOTHNESS_STORE: join(folder, "store"),
          ...plugin === undefined ? {} : { [PLUGIN_VARIABLE]: plugin },
        },
      });
      const { count, bytes } = fetched(packages);
      lines.push([`\`deno ${command.trim()}\``, count, (bytes / 1e6).toFixed(1)]);
      console.error(lines.at(-1)!.join(", "));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
  await bench.publish(table(["command", "npm packages", "MB"], lines));
}

if (import.meta.main) await benchMain(OPTIONS, main);
