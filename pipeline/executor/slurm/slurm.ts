/** Tasks on a cluster whose queue is Slurm's, by its programs alone. @module */
import { join } from "node:path";
import type { Executor, Ticket, TicketState, Wave } from "../executor.ts";
import { cancelled } from "./cancel.ts";
import { problemOf, readLimits } from "./site.ts";
import { jobName, jobOf, openAccounts, queued } from "./questions.ts";
import { stateOf } from "./states.ts";
import { type SlurmSettings, submitted } from "./submission.ts";

export type { SlurmSettings };

/** Most tasks in a wave, whatever a site allows: a wave is lost or cancelled as a whole. */
const LARGEST = 1000;

/** How long the end of what was cancelled is waited for, milliseconds; sites give it 30 s. */
const PATIENCE = 45_000;

/** File in the folder of a wave that names its array. */
const JOB = "slurm-job";

/** Tickets of an array. */
const ticketsOf = (job: string, wave: Pick<Wave, "id">, tasks: number): Ticket[] =>
  Array.from({ length: tasks }, (_, task) => ({ id: `${job}_${task}`, wave: wave.id, task }));

/** Opens the cluster that this machine's Slurm is configured for. */
export function openSlurm(settings: SlurmSettings = {}): Executor {
  const accounts = openAccounts();
  /** When a task was last seen waiting, milliseconds. */
  const waiting = new Map<Ticket["id"], number>();
  let kept: Promise<number> | undefined;

  /** Milliseconds for which an ended task is known; none if nobody says. */
  const memory = () =>
    kept ??= readLimits().then(({ minJobAge }) => minJobAge * 1000, () => {
      kept = undefined;
      return 0;
    });

  const find: Executor["find"] = async (wave) => {
    const file = join(wave.folder, JOB);
    try {
      const job = Deno.readTextFileSync(file).trim();
      if (/^\d+$/.test(job)) return ticketsOf(job, wave, wave.tasks);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    const rows = await queued([wave.id]);
    const jobs = rows.filter(({ name }) => name === jobName(wave.id)).map(jobOf).map(Number);
    return jobs.length === 0 ? [] : keep(wave, `${Math.min(...jobs)}`);
  };

  /** Writes down the array of a wave, which Slurm forgets when it has ended. */
  const keep = (wave: Pick<Wave, "id" | "folder" | "tasks">, job: string): Ticket[] => {
    Deno.writeTextFileSync(join(wave.folder, JOB), `${job}\n`);
    return ticketsOf(job, wave, wave.tasks);
  };

  return {
    kind: "slurm",
    place: settings.partition === undefined ? "slurm" : `slurm, partition ${settings.partition}`,
    largestWave: async () => {
      const { maxArraySize, maxJobCount } = await readLimits();
      return Math.max(1, Math.min(LARGEST, maxArraySize, maxJobCount));
    },
    check: () => problemOf(settings),
    find,
    submit: async (wave, signal) => {
      const known = await find(wave);
      if (known.length > 0) return known;
      signal.throwIfAborted();
      const answer = await submitted(wave, settings);
      if ("job" in answer) return keep(wave, answer.job);
      const found = await find(wave); // its answer may be all that was lost
      if (found.length > 0) return found;
      throw answer.lost;
    },
    poll: async (tickets) => {
      const states = new Map<Ticket["id"], TicketState>();
      const asked = Date.now();
      const rows = await queued([...new Set(tickets.map(({ wave }) => wave))]);
      const byId = new Map(rows.map((row) => [row.id, row])), jobs = new Set(rows.map(jobOf));
      const missing: Ticket[] = [];
      for (const ticket of tickets) {
        const row = byId.get(ticket.id);
        if (row === undefined) {
          missing.push(ticket);
          continue;
        }
        const state = stateOf(row);
        states.set(ticket.id, state);
        if (state.kind === "queued") waiting.set(ticket.id, asked);
        else waiting.delete(ticket.id);
      }
      const ends = missing.length === 0
        ? []
        : await accounts.ended([...new Set(missing.map(jobOf))]);
      const ended = new Map(ends.map((row) => [row.id, stateOf(row)]));
      for (const ticket of missing) {
        const state = ended.get(ticket.id), seen = waiting.get(ticket.id) ?? -Infinity;
        // one that waited is removed at once when it is cancelled, while those that ran stay known
        const isCancelled = byId.get(jobOf(ticket))?.state === "CANCELLED" ||
          jobs.has(jobOf(ticket)) && seen > -Infinity && asked - seen < await memory();
        states.set(
          ticket.id,
          state?.kind === "ended"
            ? state
            : isCancelled
            ? { kind: "ended", how: "cancelled", code: 0, text: "CANCELLED before it began" }
            : { kind: "unknown" },
        );
      }
      return states;
    },
    cancel: (tickets) => cancelled(tickets, { patience: PATIENCE }),
  };
}
