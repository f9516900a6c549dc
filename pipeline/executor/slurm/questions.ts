/** What `squeue` and `sacct` know of tasks. @module */
import { ExecutorSilent, type Ticket, type Wave } from "../executor.ts";
import { said, type Slurm, SlurmMissing } from "./command.ts";
import { exitOf, type Row } from "./states.ts";

/** Fields of a line; written with a suffix, they are not cut. Ids, words and numbers have no `|`. */
const FIELDS = ["JobArrayID", "Name", "State", "Reason", "exit_code", "RestartCnt", "NodeList"];

/** Names a call: they must fit in a command line. */
const NAMES = 200;

/** Name of a wave's array. */
export const jobName = (wave: Wave["id"]): string => `smoothness-${wave}`;

/** Parts of a list. */
function parts<T>(list: readonly T[], length: number): T[][] {
  const starts = Array.from({ length: Math.ceil(list.length / length) }, (_, i) => i * length);
  return starts.map((start) => list.slice(start, start + length));
}

/** A line of `squeue`; a line of anything else is none. */
function queueRow(line: string): (Row & { readonly name: string }) | undefined {
  const [id, name, state, reason, exit, restarts, node] = line.split("|");
  if (node === undefined || !/^\d+(_\d+)?$/.test(id)) return undefined;
  return { id, name, state, reason, ...exitOf(exit), restarts: Number(restarts) || 0, node };
}

/**
 * Tasks of waves that the controller knows, running, waiting or ended: it forgets the ended ones after
 * a while (`MinJobAge`, usually 300 s), and at once those that are cancelled while they wait.
 *
 * @throws {ExecutorSilent} If it cannot be asked
 */
export async function queued(
  slurm: Slurm,
  waves: readonly Wave["id"][],
): Promise<(Row & { readonly name: string })[]> {
  const rows: (Row & { readonly name: string })[] = [];
  for (const some of parts(waves, NAMES)) {
    const answer = await slurm("squeue", [
      "--states=all",
      "--array",
      "--noheader",
      `--name=${some.map(jobName).join(",")}`,
      `--Format=${FIELDS.map((field) => `${field}:|`).join(",")}`,
    ]);
    if (answer.code !== 0) {
      throw new ExecutorSilent(`Cannot ask Slurm for its queue: ${said(answer)}`);
    }
    rows.push(...answer.out.split("\n").map(queueRow).filter((row) => row !== undefined));
  }
  return rows;
}

/** Asks `sacct`, as long as it works. */
export interface Accounts {
  /** Tasks of arrays; those that it does not know are left out, which happens soon after submission. */
  readonly ended: (jobs: readonly string[]) => Promise<Row[]>;
}

/** How long a database that did not answer is left alone, milliseconds. */
const PAUSE = 60_000;

/** Opens the accounts, which many sites do not keep: what they say is never needed. */
export function openAccounts(slurm: Slurm, now: () => number = Date.now): Accounts {
  let after = -Infinity;
  return {
    ended: async (jobs) => {
      if (now() < after) return [];
      try {
        const rows: Row[] = [];
        for (const some of parts(jobs, NAMES)) {
          const answer = await slurm("sacct", [
            "--allocations",
            "--parsable2",
            "--noheader",
            `--jobs=${some.join(",")}`,
            "--format=JobID,State,ExitCode",
          ]);
          if (answer.code !== 0) {
            // a site without accounts stays one; a database that is down comes back
            after = /disabled/i.test(answer.words) ? Infinity : now() + PAUSE;
            return rows;
          }
          rows.push(...answer.out.split("\n").map(accountRow).filter((row) => row !== undefined));
        }
        return rows;
      } catch (error) {
        if (error instanceof SlurmMissing) after = Infinity;
        else if (error instanceof ExecutorSilent) after = now() + PAUSE;
        else throw error;
        return [];
      }
    },
  };
}

/** A line of `sacct`: `4711_3|CANCELLED by 1000|0:15`. */
function accountRow(line: string): Row | undefined {
  const [id, state, exit] = line.split("|");
  if (exit === undefined || !/^\d+_\d+$/.test(id)) return undefined;
  const by = / by .*/.exec(state)?.[0].trim() ?? "";
  return { id, state: state.split(" ")[0], reason: by, ...exitOf(exit), restarts: 0, node: "" };
}

/** The array of a ticket: `4711`. */
export const jobOf = ({ id }: Pick<Ticket, "id">): string => id.split("_")[0];
