/** What Slurm's words for the state of a job mean. @module */
import type { Ending, TicketState } from "../executor.ts";

/** A task as `squeue` or `sacct` have it. */
export interface Row {
  /** `4711_3`, or `4711` for an array of which no task is left. */
  readonly id: string;
  /** `RUNNING`. */
  readonly state: string;
  /** `Resources`, `NonZeroExitCode`. */
  readonly reason: string;
  readonly code: number;
  readonly signal: number;
  readonly restarts: number;
  readonly node: string;
}

/** States in which a task has not begun. */
const QUEUED =
  /^(PENDING|CONFIGURING|REQUEUED|REQUEUE_HOLD|REQUEUE_FED|SPECIAL_EXIT|RESV_DEL_HOLD)$/;

/** States in which processes of a task may be there: one that is being ended is not at its end yet. */
const RUNNING = /^(RUNNING|COMPLETING|SIGNALING|STAGE_OUT|STOPPED|SUSPENDED|RESIZING)$/;

const ENDINGS: Readonly<Record<string, Ending>> = {
  COMPLETED: "exit",
  TIMEOUT: "limit",
  DEADLINE: "limit",
  OUT_OF_MEMORY: "memory",
  CANCELLED: "cancelled",
  PREEMPTED: "preempted",
  NODE_FAIL: "node",
  BOOT_FAIL: "node",
};

/**
 * Signals from here on are none: a task whose script could not be started ends with the number of one
 * of Slurm's errors in the place of a status, as 4021, of which `0:53` is shown.
 */
const NO_SIGNAL = 32;

/** Whether a task was refused for what it asks: `sbatch` says so, and Slurm keeps it as failed. */
export const isRefused = ({ state, reason }: Pick<Row, "state" | "reason">): boolean =>
  state === "FAILED" && reason === "BadConstraints";

/** How a failed task ended; Slurm's reason does not say it: a SIGKILL is `JobLaunchFailure`, too. */
function failure(row: Row): Ending {
  const { code, signal, reason } = row;
  if (signal >= NO_SIGNAL || isRefused(row)) return "launch";
  if (signal > 0) return "signal";
  if (code > 0) return "exit";
  return /NodeDown|SystemFailure/i.test(reason) ? "node" : "launch"; // nothing of it ran
}

/**
 * Whether a task waits for a person to release it, since a node could not start it: Slurm puts it back
 * into the queue and holds it there for ever.
 */
export const isHeldAfterLaunch = ({ state, reason }: Pick<Row, "state" | "reason">): boolean =>
  QUEUED.test(state) && /launch.failed.*held/i.test(reason);

/** What a row says of a task. */
export function stateOf(row: Row): TicketState {
  const { state, reason, restarts, node, code, signal } = row;
  if (isHeldAfterLaunch(row)) {
    return { kind: "ended", how: "launch", code: 0, text: `${state}: ${reason}` };
  }
  if (QUEUED.test(state)) {
    return { kind: "queued", why: state === "PENDING" ? reason : state, restarts };
  }
  if (RUNNING.test(state)) return { kind: "running", node, restarts };
  const how = state === "FAILED" ? failure(row) : ENDINGS[state];
  if (how === undefined) return { kind: "unknown" }; // REVOKED, and words of other releases
  const told = ["None", ""].includes(reason) ? state : `${state} ${reason}`;
  return {
    kind: "ended",
    how,
    code: how === "signal" ? signal : code,
    text: `${told} ${code}:${signal}`,
  };
}

/** Code and signal as `sacct` writes them, `7:0`, or as a process's status, `1792`. */
export function exitOf(text: string): Pick<Row, "code" | "signal"> {
  const [first, second] = text.split(":").map(Number);
  if (Number.isNaN(first)) return { code: 0, signal: 0 };
  return second === undefined
    ? { code: first & 0x7f ? 0 : first >> 8 & 0xff, signal: first & 0x7f }
    : { code: first, signal: second };
}
