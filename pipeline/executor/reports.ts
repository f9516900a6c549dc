/** What a worker tells of a cell while it runs and at its end. @module */
import type { StageMessage } from "../cells/job.ts";
import type { RunEvent } from "../run/events.ts";
import { removeIfPresent, writeAtomic } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import type { Store } from "../store/store.ts";
import type { NodeRemote } from "./node_remote.ts";
import { type Attempt, attemptPath, type Progress, progressPath, type Tasks } from "./work.ts";

/** Time between two writings, milliseconds. */
const WRITE_MS = 2_000;

/** Who tells, and where. */
export interface ReportOptions {
  readonly tasks: Tasks;
  /** `<ticket>-<restart>`. */
  readonly attempt: string;
  /** Name of the node. */
  readonly node: string;
  readonly store: Store;
  readonly remote?: NodeRemote;
  readonly onEvent: (event: RunEvent) => void;
}

/** Tells of one attempt at one cell. */
export interface Report {
  /** Passes events on, and writes down how far the cell is. */
  readonly onEvent: (event: RunEvent) => void;
  /** Writes down how the attempt ended: nothing of it is written later. */
  readonly end: (outcome: Attempt["outcome"]) => Promise<void>;
  readonly close: () => void;
}

/** Starts to tell of a cell. */
export function openReport(
  { store, remote, tasks, attempt, node, onEvent }: ReportOptions,
  key: Key,
): Report {
  const path = progressPath(store, key), { wave } = tasks;
  const begun: Progress = { attempt, wave, node, started: new Date().toISOString() };
  let last: (StageMessage & { kind: "progress" }) | undefined, written = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function write(): void {
    timer = undefined;
    written = performance.now();
    const temporary = `${path}.${Deno.pid}.tmp`;
    try {
      // A crash may lose it: unlike results, it is not synchronised with the disk.
      Deno.writeTextFileSync(temporary, JSON.stringify({ ...begun, last } satisfies Progress));
      Deno.renameSync(temporary, path);
    } catch {
      // A cell does not fail for being watched.
    }
  }

  return {
    onEvent(event) {
      onEvent(event);
      if (event.kind !== "progress" && event.kind !== "started") return;
      if (event.kind === "progress") {
        const { cell: _, ...message } = event;
        last = message;
      }
      timer ??= setTimeout(write, Math.max(0, written + WRITE_MS - performance.now()));
    },
    async end(outcome) {
      const pending = timer !== undefined;
      clearTimeout(timer);
      // How far an unfinished cell came may be asked yet.
      if (outcome.kind === "finished" || outcome.kind === "cached") removeIfPresent(path);
      else if (pending) write();
      const ended: Attempt = { attempt, wave, outcome, node, ended: new Date().toISOString() };
      writeAtomic(attemptPath(store, key), JSON.stringify(ended));
      await remote?.tell(key, attemptPath(store, key));
    },
    close: () => clearTimeout(timer),
  };
}
