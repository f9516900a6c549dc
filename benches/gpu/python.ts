/** Peers in Python: a process each, asked by one JSON line at a time. @module */
import { splitLines } from "../step/torch.ts";
import type { Timed } from "./timing.ts";

/** A peer's process. */
export interface Python extends AsyncDisposable {
  /** What it says of itself, for example `PyTorch 2.9.1`. */
  readonly version: string;
  /**
   * Lets it prepare something.
   *
   * @throws {Error} With Python's own message
   */
  readonly prepare: (request: Readonly<Record<string, unknown>>) => Promise<Timed>;
}

/** Starts a script that answers as `side.py` describes. */
export async function startPython(script: string, args: readonly string[]): Promise<Python> {
  const process = new Deno.Command("python3", {
    args: ["-B", script, ...args],
    stdin: "piped",
    stdout: "piped",
    env: { XLA_PYTHON_CLIENT_PREALLOCATE: "false", TF_CPP_MIN_LOG_LEVEL: "2" },
  }).spawn();
  const writer = process.stdin.getWriter(), lines = splitLines(process.stdout);
  const end = async () => {
    await writer.close().catch(() => {}); // it may have ended by itself
    await process.status;
  };
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) {
      await end();
      throw new Error(`${script} ended early; its message is above`);
    }
    const parsed = JSON.parse(value);
    if (parsed.error !== undefined) throw new Error(parsed.error);
    return parsed;
  };
  const ask = async (request: unknown) => {
    await writer.write(new TextEncoder().encode(JSON.stringify(request) + "\n"));
    return await answer();
  };
  const { version } = await answer();
  return {
    version,
    async prepare(request) {
      const { id, seconds, bytes } = await ask({ do: "prepare", ...request });
      return {
        compiled: seconds,
        run: async (runs) => (await ask({ do: "run", id, runs })).milliseconds,
        memory: bytes ?? undefined,
        async [Symbol.asyncDispose]() {
          await ask({ do: "free", id }).catch(() => {}); // it may have ended by itself
        },
      };
    },
    [Symbol.asyncDispose]: end,
  };
}
