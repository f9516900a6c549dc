import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { permitted } from "../../../tests/permitted.ts";
import type { RunEvent, Summary } from "../events.ts";
import { openRunRecord, readRuns } from "./live.ts";

const ENDED: Summary = {
  ...{ ran: ["train:igr:relu"], cached: [], failed: [], skipped: [], stopped: [] },
  ...{ interrupted: false, seconds: 3 },
};
const PLAN: RunEvent = {
  kind: "plan",
  jobs: 2,
  cells: [{ cell: "train:igr:relu", reasons: [{ kind: "never ran", text: "has not run yet" }] }],
};
const STARTED: RunEvent = { kind: "started", cell: "train:igr:relu", reasons: [] };

async function inCache(use: (cache: string) => Promise<void> | void): Promise<void> {
  const cache = await Deno.makeTempDir({ prefix: "live_" });
  try {
    await use(cache);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

/** Waits for what a run writes. */
async function until<T>(read: () => T | undefined): Promise<T> {
  for (let i = 0; i < 500; i++) {
    const found = read();
    if (found !== undefined) return found;
    await new Promise((go) => setTimeout(go, 10));
  }
  throw new Error("Cannot wait any longer: nothing was written in 5 s");
}

permitted(
  "openRunRecord() shows another process what runs, and how it ended",
  () =>
    inCache(async (cache) => {
      const record = openRunRecord({ cache }, "demo");
      record.onEvent(PLAN);
      assertEquals(readRuns({ cache }, "demo"), []);
      record.onEvent(STARTED);
      const [run] = await until(() => {
        const runs = readRuns({ cache }, "demo");
        return runs.length > 0 ? runs : undefined;
      });
      assertEquals([run.pid, run.ended, run.state.jobs], [Deno.pid, undefined, 2]);
      assertEquals(run.state.cells.get("train:igr:relu")?.status, "running");
      const step = {
        kind: "progress",
        cell: "train:igr:relu",
        done: 3,
        total: 8,
        label: "epoch 1",
      };
      record.onEvent(step as RunEvent);
      const { done, label } = await until(() => {
        const cell = readRuns({ cache }, "demo")[0].state.cells.get("train:igr:relu")!;
        return cell.done === 3 ? cell : undefined;
      });
      assertEquals([done, label], [3, "epoch 1"]);
      assertEquals(readRuns({ cache }, "small"), []);
      record.onEvent({ kind: "end", summary: ENDED });
      record.close();
      assertEquals(readRuns({ cache }, "demo")[0].ended, "1 cell ran, 0 cached in 3.0 s");
      // the next run of the profile takes its place, one that is broken off says so
      const next = openRunRecord({ cache }, "demo");
      next.onEvent(PLAN);
      next.close();
      const runs = readRuns({ cache }, "demo");
      assertEquals(runs.map(({ ended }) => ended), [
        "The run ended before its cells did; the same command resumes",
      ]);
      assertEquals([...Deno.readDirSync(join(cache, "runs"))].length, 1);
    }),
);

permitted(
  "readRuns() takes a run without a heartbeat as ended, and leaves out what is damaged",
  () =>
    inCache(async (cache) => {
      const record = openRunRecord({ cache }, "demo");
      record.onEvent(PLAN);
      record.onEvent(STARTED);
      await until(() => readRuns({ cache }, "demo")[0]);
      assertEquals(readRuns({ cache }, "demo", () => undefined).map(({ ended }) => ended), [
        "The run ended before its cells did; the same command resumes",
      ]);
      record.close();
      await Deno.writeTextFile(join(cache, "runs", "demo,damaged.json"), '{"id": ');
      await Deno.writeTextFile(join(cache, "runs", "demo,other.json"), "{}");
      assertEquals(readRuns({ cache }, "demo").length, 1);
    }),
);

permitted(
  "openRunRecord() does not stop a run where nothing can be written",
  () =>
    inCache(async (folder) => {
      const cache = join(folder, "file");
      await Deno.writeTextFile(cache, "no folder");
      const record = openRunRecord({ cache }, "demo");
      for (const event of [PLAN, STARTED]) record.onEvent(event);
      record.close();
      assert((await Deno.stat(cache)).isFile);
    }),
);
