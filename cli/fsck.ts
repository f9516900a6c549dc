/**
 * `deno task fsck`: hashes every object, checks every manifest, lists what crashes left.
 *
 * @module
 */
import { fsck } from "../pipeline/upkeep/fsck.ts";
import { fsckLines } from "../pipeline/upkeep/fsck_report.ts";
import { openStore } from "../pipeline/store/store.ts";
import { storeError } from "../pipeline/store/error.ts";
import { commandMain } from "./common/command.ts";
import { fromUser } from "./common/context.ts";
import { helpText, readOptions } from "./common/options.ts";
import { printJson } from "./common/printer.ts";

const OWN =
  `  --repair           move what is damaged to the store's quarantine, so that its cells are stale`;

if (import.meta.main) {
  await commandMain(async () => {
    const options = readOptions(Deno.args, false, { flags: ["repair"] });
    if (options.help) {
      console.log(helpText(
        "deno task fsck [options]",
        "Hashes every object of the store, checks every manifest and lists what crashes left; exits\n" +
          "with 1 if anything is wrong. Writes nothing without --repair.",
        false,
        OWN,
      ));
      return 0;
    }
    const store = openStore(fromUser(options.store));
    const terminal = !options.json && Deno.stderr.isTerminal();
    const show = (text: string) =>
      Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
    const report = await fsck(store, {
      repair: options.flags.has("repair"),
      jobs: options.jobs ?? navigator.hardwareConcurrency,
      onProgress: terminal ? (done, total) => show(`${done} of ${total} objects`) : undefined,
    }).catch((error) => {
      throw storeError(error, store.folder);
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
  });
}
