/** Running processes of deno beside each other, each one's output in one piece. @module */
import { lockFlags } from "../../lib/std/locked.ts";
import { ROOT } from "../common/context.ts";
import { type Counts, countsOf } from "./counts.ts";
import type { Unit } from "./units.ts";

/** How a process ended. */
export interface Ended {
  readonly name: string;
  readonly seconds: number;
  readonly counts: Counts;
}

/** The counts of a process that runs no tests are that of the one check that it is. */
function countsOfUnit({ args }: Unit, output: string, success: boolean): Counts {
  if (args[0] === "test") return countsOf(output, success);
  return { passed: +success, failed: +!success, skipped: [], failures: [] };
}

/** Runs a process to its end and returns what it wrote, both streams in one. */
async function run(
  { args, env: own }: Unit,
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<{ success: boolean; output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      args[0],
      ...["test", "check"].includes(args[0]) ? lockFlags(ROOT) : [],
      ...args.slice(1),
    ],
    env: { NO_COLOR: "1", ...env, ...own },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  const parts: string[] = [];
  const keep = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) parts.push(text);
  };
  const [{ success }] = await Promise.all([child.status, keep(child.stdout), keep(child.stderr)]);
  return { success, output: parts.join("") };
}

interface RunUnitsOptions {
  readonly atATime: number;
  /** Shows what a process wrote, when it has ended. */
  readonly write: (text: string) => void;
}

/**
 * Runs all units, so many at a time, each as soon as another has ended.
 *
 * @throws {Error} What `write` throws; no process is left then
 */
export async function runUnits(
  units: readonly Unit[],
  env: Readonly<Record<string, string>>,
  { atATime, write }: RunUnitsOptions,
): Promise<Ended[]> {
  const waiting = [...units], ended: Ended[] = [], stop = new AbortController();
  const work = async () => {
    for (let unit; (unit = waiting.shift()) !== undefined;) {
      const began = performance.now();
      const { success, output } = await run(unit, env, stop.signal);
      const seconds = (performance.now() - began) / 1000;
      write(`\n--- ${unit.name} (${seconds.toFixed(1)} s)\n${output.trim()}\n`);
      ended.push({ name: unit.name, seconds, counts: countsOfUnit(unit, output, success) });
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.max(1, atATime) }, work));
  } finally {
    stop.abort();
  }
  return ended;
}
