/** How tasks are cancelled. @module */
import { ExecutorSilent, type Ticket } from "../executor.ts";
import { isSilence, said, type Slurm } from "./command.ts";
import { jobOf, queued } from "./questions.ts";
import { type Row, stateOf } from "./states.ts";

/** Tickets a call. */
const CALL = 500;

/** Numbers as Slurm writes sets of tasks: `0,2-5`. */
export function rangesOf(tasks: readonly number[]): string {
  const sorted = [...new Set(tasks)].sort((a, b) => a - b), ranges: [number, number][] = [];
  for (const task of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === task - 1) last[1] = task;
    else ranges.push([task, task]);
  }
  return ranges.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`).join(",");
}

/** Questions in a row without an answer, each of which may take 9 s, before no more are asked. */
const SILENCES = 2;

/** Tickets as `scancel` takes them, one word an array: `4711_[0,2-5]`. */
export const cancelWords = (tickets: readonly Ticket[]): string[] =>
  [...Map.groupBy(tickets, jobOf)].map(([job, of]) =>
    `${job}_[${rangesOf(of.map(({ task }) => task))}]`
  );

/** Whether a task may still run. */
const isThere = (row: Row | undefined) =>
  row !== undefined && ["queued", "running"].includes(stateOf(row).kind);

/**
 * Cancels tasks and waits until none is left: SIGTERM, and SIGKILL after the site's `KillWait`.
 *
 * @param patience Milliseconds to wait
 */
export async function cancelled(
  slurm: Slurm,
  tickets: readonly Ticket[],
  { patience, pause = 500 }: { readonly patience: number; readonly pause?: number },
): Promise<{ readonly left: readonly Ticket[]; readonly text?: string }> {
  const waves = [...new Set(tickets.map(({ wave }) => wave))], end = Date.now() + patience;
  let left = tickets, words: string[] = [], resend = true, silences = 0;
  if (tickets.length === 0) return { left };
  const cancel = async () => {
    words = [];
    for (let at = 0; at < left.length; at += CALL) {
      const answer = await slurm("scancel", cancelWords(left.slice(at, at + CALL)));
      if (isSilence(answer)) throw new ExecutorSilent(said(answer));
      if (answer.code !== 0 && answer.words !== "") words.push(said(answer));
    }
  };
  while (Date.now() < end) {
    try {
      if (resend) await cancel();
      const rows = new Map((await queued(slurm, waves)).map((row) => [row.id, row]));
      left = left.filter(({ id }) => isThere(rows.get(id)));
      if (left.length === 0) return { left };
      silences = 0;
      // one that was put back into the queue meanwhile is none that is being ended
      resend = left.some(({ id }) => stateOf(rows.get(id)!).kind === "queued");
    } catch (error) {
      if (!(error instanceof ExecutorSilent)) throw error;
      if (++silences === SILENCES) {
        words.push(error.message);
        break;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
  const command = cancelWords(left).map((word) => `'${word}'`).join(" ");
  const why = words.length === 0
    ? `they are still there after ${Math.round(patience / 1000)} s`
    : words.join("; ");
  return { left, text: `Cannot cancel ${left.length} tasks: ${why}; type "scancel ${command}"` };
}
