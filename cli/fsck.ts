/**
 * `deno task fsck`: hashes every object, checks every manifest, lists what crashes left.
 *
 * @module
 */
import { fsck } from "../pipeline/upkeep/fsck.ts";
import { fsckLines } from "../pipeline/upkeep/fsck_report.ts";
import { openStore } from "../pipeline/store/store.ts";
import { storeError } from "../pipeline/store/error.ts";
import { type Command, commandMain } from "./common/command.ts";
import { fromUser } from "./common/context.ts";
import { optionGroups, readOptions, UsageError } from "./common/options.ts";
import { printJson } from "./common/printer.ts";
import { REMOTE, withRemote } from "./common/remote.ts";

/** What the command is. */
export const command = {
  read: (args: readonly string[]) =>
    readOptions(args, false, { flags: ["repair", "deep"], values: [REMOTE] }),
  help: {
    summary: "Hashes every object of the store, checks every manifest and lists what crashes " +
      "left. Writes nothing without --repair.",
    usage: ["deno task fsck [options]"],
    options: optionGroups([
      ["--repair", "move what is damaged to the store's quarantine, so that its cells are stale"],
      [
        "--remote PLACE",
        "look at a remote store instead: manifests, and that objects are there in their sizes; " +
        "--repair removes what is damaged, and who has it gives it anew",
      ],
      ["--deep", "with --remote, fetch every object and hash it"],
    ], false),
    examples: [["deno task fsck", "look"], [
      "deno task fsck --repair",
      "put aside what is damaged",
    ], ["deno task fsck --remote s3://bucket/prefix --deep", "hash all that is in a bucket"]],
    exits: "0 if nothing is wrong, 1 if anything is, 2 for wrong usage",
    see: "docs/store.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const options = command.read(Deno.args);
    const store = openStore(fromUser(options.store));
    const terminal = !options.json && Deno.stderr.isTerminal();
    const show = (text: string) =>
      Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
    const repair = options.flags.has("repair"), deep = options.flags.has("deep");
    const onProgress = terminal
      ? (done: number, total: number) => show(`${done} of ${total} objects`)
      : undefined;
    const place = options.values[REMOTE];
    if (deep && place === undefined) {
      throw new UsageError(
        "Cannot use --deep: expected --remote with it; a store is always hashed",
      );
    }
    const report = place === undefined
      ? await fsck(store, {
        repair,
        jobs: options.jobs ?? navigator.hardwareConcurrency,
        onProgress,
      })
        .catch((error) => {
          throw storeError(error, store.folder);
        })
      : await withRemote(place, store, async (remote) => {
        const { fsckRemote } = await import("../pipeline/upkeep/remote_fsck.ts");
        return await fsckRemote(remote, store, { repair, deep, onProgress });
      });
    if (terminal) show("");
    const { findings, ...counts } = report;
    if (options.json) {
      printJson(
        ...findings.map(({ kind: problem, ...rest }) => ({ kind: "finding", problem, ...rest })),
        { kind: "end", ...counts, findings: findings.length },
      );
    } else console.log(fsckLines(report).join("\n"));
    return findings.some(({ fault }) => fault) ? 1 : 0;
  }, command);
}
