/**
 * What a node does with one task: each of its cells is run from frozen code as the command itself
 * would run it, under its lease, and published in the node's store, a remote one, or both.
 *
 * @module
 */
import type { RunEvent } from "../run/events.ts";
import type { Store } from "../store/store.ts";
import { openNode, type Outcome, type WorkerOptions } from "./node.ts";
import { openReport } from "./reports.ts";
import type { Work } from "./work.ts";

const NOT_BEGUN: Outcome = { kind: "not begun" };

/**
 * Runs the cells of a task one after another and says beside each how that ended.
 *
 * @throws {Error} If the store, the remote store or the frozen code cannot be used
 */
export async function runTask(options: WorkerOptions): Promise<Outcome[]> {
  const { tasks, task, signal } = options, outcomes: Outcome[] = [];
  const node = openNode(options);
  for (const work of tasks.tasks[task]) {
    const report = openReport(options, work.key);
    try {
      const outcome = signal.aborted ? NOT_BEGUN : await node(work, report.onEvent);
      await report.end(outcome);
      outcomes.push(outcome);
      for (const event of eventsOf(work, outcome, options.store)) options.onEvent(event);
    } finally {
      report.close();
    }
  }
  return outcomes;
}

/** How a cell ended, for who reads what the task prints. */
function eventsOf({ key, cell: { id: cell } }: Work, outcome: Outcome, store: Store): RunEvent[] {
  switch (outcome.kind) {
    case "finished": {
      const { provenance: { seconds }, metrics } = store.manifest(key)!;
      return [{ kind: "finished", cell, seconds, metrics }];
    }
    case "failure":
      return [{ kind: "failed", cell, text: outcome.text, tail: outcome.tail }];
    case "postponed":
      return [{ kind: "note", text: `${cell}: ${outcome.input} has to be computed anew before` }];
    case "not begun":
      return [];
    default:
      return [{ kind: outcome.kind, cell }];
  }
}
