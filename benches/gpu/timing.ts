/** Timing several programs in turns, so that what disturbs the machine disturbs all alike. @module */
import type { SideResult } from "./ledger.ts";

/** Something to be timed. */
export interface Timed extends AsyncDisposable {
  /** Runs so many times, one after another; milliseconds a run until the last's end. */
  readonly run: (runs: number) => Promise<number>;
  /** Seconds until it could begin. */
  readonly compiled: number;
  /** Bytes of the device that it needs, where that is known. */
  readonly memory?: number;
}

/** Turns that each side has. */
export const turns = 3;

const most = 200;

/**
 * Prepares every side and times them in turns. A side that fails is left out from then on, and its
 * result says why.
 *
 * @param seconds That one turn of one side is to last
 */
export async function timeInTurns(
  sides: Readonly<Record<string, () => Promise<Timed>>>,
  seconds: number,
): Promise<Record<string, SideResult>> {
  await using stack = new AsyncDisposableStack();
  const results: Record<string, SideResult> = {};
  const ready: Record<string, { timed: Timed; runs: number; times: number[] }> = {};
  const attempt = async (name: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      delete ready[name];
      results[name] = { error: error instanceof Error ? error.message : String(error) };
    }
  };
  for (const [name, prepare] of Object.entries(sides)) {
    await attempt(name, async () => {
      const timed = stack.use(await prepare());
      await timed.run(2); // the first runs allocate
      const once = await timed.run(2);
      const runs = Math.max(2, Math.min(most, Math.round(1000 * seconds / once)));
      ready[name] = { timed, runs, times: [] };
    });
  }
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, { timed, runs, times }] of Object.entries(ready)) {
      await attempt(name, async () => void times.push(await timed.run(runs)));
    }
  }
  for (const [name, { timed, runs, times }] of Object.entries(ready)) {
    results[name] = {
      milliseconds: times.toSorted((a, b) => a - b)[times.length >> 1],
      fastest: Math.min(...times),
      runs,
      compiled: timed.compiled,
      memory: timed.memory,
    };
  }
  return Object.fromEntries(Object.keys(sides).map((name) => [name, results[name]]));
}
