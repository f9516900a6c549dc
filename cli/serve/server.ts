/** Listens, and answers until it is told to end. @module */
import type { Profile } from "../../pipeline/profile/profile.ts";
import { messageOf } from "../../lib/std/message_of.ts";
import type { Store } from "../../pipeline/store/store.ts";
import { UsageError } from "../common/flags.ts";
import type { Commands } from "../trace/commands.ts";
import { type EventsOptions, openEvents } from "./events.ts";
import { type Handler, openHandler } from "./handler.ts";
import { livePage } from "./page.ts";
import { openServedResults } from "./results.ts";
import { openShownRuns } from "./shown.ts";

/** What is served, and where. */
export interface ServerOptions {
  readonly store: Store;
  readonly profile: Pick<Profile, "id" | "name">;
  readonly commands: Commands;
  /** The command that runs the pipeline. */
  readonly start: string;
  readonly hostname: string;
  /** The first of them that is free is taken. */
  readonly ports: readonly number[];
  /** Ends it. */
  readonly signal: AbortSignal;
  readonly events?: EventsOptions;
}

/** A server that listens. */
export interface Server {
  /** `http://127.0.0.1:8000/` */
  readonly url: string;
  readonly finished: Promise<void>;
  /** How many see what goes on. */
  readonly watchers: () => number;
}

/**
 * Serves a profile's results.
 *
 * @throws {Error} If no port is free, or the address is none of this machine
 */
export async function openServer(options: ServerOptions): Promise<Server> {
  const { store, profile, commands, hostname, signal } = options;
  const results = openServedResults(store, profile.id, async () => {
    const [{ collect }, { reportPage }] = await Promise.all([
      import("../report/collect.ts"),
      import("../report/mod.ts"),
    ]);
    const data = await collect({ store, profile: profile.id, commands });
    return data && reportPage(data);
  });
  const runs = openShownRuns(store, profile.id);
  const events = openEvents(() => {
    try {
      return JSON.stringify({ runs: runs(), results: results.version() });
    } catch (error) { // such as a folder that may not be read for a moment
      return JSON.stringify({ runs: [], problem: messageOf(error) });
    }
  }, options.events);
  const page = livePage(profile.name, options.start);
  const handler = openHandler({ hostname, page, events, results });
  await allowListening(hostname);
  const server = listen(options, handler);
  const stop = () => {
    events.close();
    void server.shutdown();
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop, { once: true });
  const { port } = server.addr, host = hostname.includes(":") ? `[${hostname}]` : hostname;
  return { url: `http://${host}:${port}/`, finished: server.finished, watchers: events.count };
}

/** The task may listen on this machine alone; for any other address, the user is asked. */
async function allowListening(hostname: string): Promise<void> {
  const host = hostname.includes(":") ? `[${hostname}]` : hostname;
  const { state } = await Deno.permissions.request({ name: "net", host });
  if (state === "granted") return;
  throw new UsageError(
    `Cannot listen at "${hostname}": this task may listen on this machine alone; answer Deno's ` +
      'question with y, or run "deno run --allow-read --allow-env --allow-net ' +
      `cli/serve.ts --host ${hostname}"`,
  );
}

function listen(
  { hostname, ports }: ServerOptions,
  handler: Handler,
): Deno.HttpServer<Deno.NetAddr> {
  for (const [i, port] of ports.entries()) {
    try {
      return Deno.serve({ hostname, port, onListen: () => {} }, handler);
    } catch (error) {
      const taken = error instanceof Deno.errors.AddrInUse;
      if (taken && i + 1 < ports.length) continue;
      throw new Error(
        `Cannot listen at "${hostname}", port ${port}: ${
          taken ? "another program does" : messageOf(error)
        }; choose another with --port, or "--port 0" for any that is free`,
        { cause: error },
      );
    }
  }
  throw new RangeError("Cannot listen: no port is given");
}
