/** Tasks on a cluster whose queue is Slurm's, by its programs alone. @module */
import { join } from "node:path";
import type { Executor, Ticket, TicketState, Wave } from "../executor.ts";
import { openPrograms, type ProgramOptions } from "./command.ts";
import { cancelled } from "./cancel.ts";
import { problemOf, readLimits } from "./site.ts";
import { jobName, jobOf, openAccounts, queued } from "./questions.ts";
import { isHeldAfterLaunch, isRefused, stateOf } from "./states.ts";
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
export function openSlurm(settings: SlurmSettings = {}, programs: ProgramOptions = {}): Executor {
  const slurm = openPrograms(programs);
  const accounts = openAccounts(slurm);
  /** When a task was last seen waiting, milliseconds, and how many looks have not seen it since. */
  const waiting = new Map<Ticket["id"], { readonly seen: number; misses: number }>();
  let kept: Promise<number> | undefined;

  /** Milliseconds for which an ended task is known; none if nobody says. */
  const memory = () =>
    kept ??= readLimits(slurm).then(({ minJobAge }) => minJobAge * 1000, () => {
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
    const rows = await queued(slurm, [wave.id]);
    const jobs = rows.filter((row) => row.name === jobName(wave.id) && !isRefused(row))
      .map(jobOf).map(Number);
    return jobs.length === 0 ? [] : keep(wave, `${Math.min(...jobs)}`);
  };

  /** Writes down the array of a wave, which Slurm forgets when it has ended. */
  const keep = (wave: Pick<Wave, "id" | "folder" | "tasks">, job: string): Ticket[] => {
    Deno.writeTextFileSync(join(wave.folder, JOB), `${job}\n`);
    return ticketsOf(job, wave, wave.tasks);
  };

  /**
   * State of a task that is known no longer. One that waits is removed at once when it is cancelled,
   * where one that ran would stay known for a while; so would other tasks of its array.
   *
   * @param jobs Arrays of which something is known
   * @param array State of an array of which no task is left
   */
  async function vanished(
    ticket: Ticket,
    asked: number,
    jobs: ReadonlySet<string>,
    array: TicketState | undefined,
  ): Promise<TicketState> {
    const last = waiting.get(ticket.id);
    if (last !== undefined && jobs.has(jobOf(ticket))) last.misses++;
    const isCancelled = array?.kind === "ended" && array.how === "cancelled" ||
      last !== undefined && last.misses > 1 && asked - last.seen < await memory();
    return isCancelled
      ? { kind: "ended", how: "cancelled", code: 0, text: "CANCELLED before it began" }
      : { kind: "unknown" };
  }

  return {
    kind: "slurm",
    place: settings.partition === undefined ? "slurm" : `slurm, partition ${settings.partition}`,
    largestWave: async () => {
      const { maxArraySize, maxJobCount } = await readLimits(slurm);
      return Math.max(1, Math.min(LARGEST, maxArraySize, maxJobCount));
    },
    check: () => problemOf(slurm, settings),
    find,
    submit: async (wave, signal) => {
      const known = await find(wave);
      if (known.length > 0) return known;
      signal.throwIfAborted();
      const answer = await submitted(slurm, wave, settings);
      if ("job" in answer) return keep(wave, answer.job);
      const found = await find(wave); // its answer may be all that was lost
      if (found.length > 0) return found;
      throw answer.lost;
    },
    poll: async (tickets) => {
      const asked = Date.now();
      const rows = await queued(slurm, [...new Set(tickets.map(({ wave }) => wave))]);
      const byId = new Map(rows.map((row) => [row.id, stateOf(row)]));
      const held = rows.filter(isHeldAfterLaunch).map(({ id }) => id);
      // Its cells are handed over again: should somebody release it, it would run them a second time.
      if (held.length > 0) await slurm("scancel", held);
      const missing = tickets.filter(({ id }) => !byId.has(id)), jobs = new Set(rows.map(jobOf));
      const ended = missing.length === 0
        ? []
        : await accounts.ended([...new Set(missing.map(jobOf))]);
      for (const row of ended) {
        const state = stateOf(row);
        if (state.kind === "ended") byId.set(row.id, byId.get(row.id) ?? state);
      }
      const states = new Map<Ticket["id"], TicketState>();
      for (const ticket of tickets) {
        const state = byId.get(ticket.id);
        states.set(
          ticket.id,
          state ?? await vanished(ticket, asked, jobs, byId.get(jobOf(ticket))),
        );
        if (state?.kind === "queued") waiting.set(ticket.id, { seen: asked, misses: 0 });
        else if (state !== undefined) waiting.delete(ticket.id);
      }
      return states;
    },
    cancel: (tickets) => cancelled(slurm, tickets, { patience: PATIENCE }),
  };
}
