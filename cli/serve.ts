/** `deno task serve`: shows the report and how far a pipeline is, in a browser. @module */
import { loadProfile } from "../pipeline/profile/profile.ts";
import { openStore } from "../pipeline/store/store.ts";
import { type Command, commandMain } from "./common/command.ts";
import { commandLine } from "./common/command_line.ts";
import { readFlags, refuseRest } from "./common/flags.ts";
import { openInterruption } from "./common/interruption.ts";
import { JSON_OPTION, STORE_TEXT } from "./common/options.ts";
import { profileGiven } from "./common/profile.ts";
import { printJson } from "./common/printer.ts";
import { storeFolder } from "./common/store.ts";
import { readWhole } from "./common/values.ts";
import { openFile } from "./open.ts";
import { isLoopback } from "./serve/hosts.ts";
import { openServer } from "./serve/server.ts";
import { openCommands } from "./trace/commands.ts";

/** Where it is served if nothing else is said. */
const HOST = "127.0.0.1", PORT = 8000;

/** What the command is. */
export const command = {
  read: (args: readonly string[]) => {
    const { texts, flags, rest } = readFlags(args, {
      texts: ["profile", "store", "port", "host"],
      flags: ["open", "json"],
    });
    refuseRest(rest, '; run "deno task serve --help"');
    const { profile = "demo", store, port, host = HOST } = texts;
    return {
      ...{ profile, store, host, open: flags.has("open"), json: flags.has("json") },
      port: port === undefined ? undefined : readWhole("port", port, { min: 0, max: 65_535 }),
    };
  },
  help: {
    summary:
      "Serves a profile's report, with how far its pipeline is while it runs elsewhere. The " +
      "page follows by itself: it may be opened before there is anything, and stays when the " +
      "pipeline ends. Nothing but that page and the files of the results is given away, and " +
      "nothing is written.\n\nOnly this machine reaches it. From another machine, a tunnel does: " +
      "ssh -L 8000:127.0.0.1:8000 HOST. Ctrl+C ends it.",
    usage: ["deno task serve [options]"],
    options: [["Options", [
      ["--profile NAME", "whose results: a name or the path of a YAML file (default: demo)"],
      ["--store DIR", STORE_TEXT],
      ["--port N", `port, or 0 for any that is free (default: ${PORT}, or any if that is taken)`],
      [
        "--host HOST",
        `address to listen at (default: ${HOST}). With any other than this machine's own, ` +
        "whoever reaches it reads the results, without a password",
      ],
      ["--open", "open it in a browser"],
      JSON_OPTION,
    ]]],
    examples: [["deno task serve --open", "beside deno task pipeline"], [
      "deno task serve --profile small --port 0",
      "at any free port",
    ]],
    exits: "0 if it was ended by Ctrl+C, 1 if nothing can be served, 2 for wrong usage",
    see: "docs/trust.md",
  },
} satisfies Command;

if (import.meta.main) {
  await commandMain(async () => {
    const { host, port, open, json, ...named } = command.read(Deno.args);
    const given = profileGiven(named.profile);
    const profile = loadProfile(given), options = { profile: named.profile, set: [] };
    const store = openStore(storeFolder(named.store));
    using interruption = openInterruption();
    const server = await openServer({
      store,
      profile,
      commands: openCommands(profile, options, store.cache),
      start: commandLine("pipeline", options, []),
      hostname: host,
      ports: port === undefined ? [PORT, 0] : [port],
      signal: interruption.signal,
    });
    if (!isLoopback(host)) {
      console.error(
        `Warning: whoever reaches ${host} can read these results; without --host only this ` +
          "machine can",
      );
    }
    if (json) printJson({ kind: "serving", url: server.url, profile: profile.id });
    else console.log(`${server.url} (Ctrl+C ends it)`);
    if (open && !await openFile(server.url)) {
      console.error("No program was found to open it with; open it in a browser");
    }
    await server.finished;
    return 0;
  }, command);
}
