/**
 * Where cells run besides in processes of the command itself: tasks are handed over, looked after and
 * taken back, and outlive the command. An executor knows programs and resources and nothing of cells.
 *
 * @module
 */

/** What a task asks for. */
export interface Resources {
  readonly cpus: number;
  readonly gpus: number;
  /** As the executor writes it, for example `16G`; its default if left out. */
  readonly memory?: string;
  /** Limit of time, minutes. */
  readonly minutes: number;
}

/** Tasks of equal resources that are handed over together. */
export interface Wave {
  /** Name by which it is found again: twelve hexadecimal digits. */
  readonly id: string;
  /** Folder of its files, which its tasks can reach; `<task>.out` in it has what a task printed. */
  readonly folder: string;
  /** Program and arguments; a task finds its number, from 0 on, in `SMOOTHNESS_TASK`. */
  readonly command: readonly string[];
  /** A shell script that takes the command's place, where tasks cannot reach this machine's files. */
  readonly script?: string;
  /** How many tasks there are. */
  readonly tasks: number;
  /** How many of them may run at a time; all if left out. */
  readonly atATime?: number;
  readonly resources: Resources;
  /** One line for people who look at a queue: `overfitting: 12 cells of train`. */
  readonly comment: string;
}

/** A task that was handed over. */
export interface Ticket {
  /** The executor's name for it, for example `4711_3`. */
  readonly id: string;
  readonly wave: string;
  readonly task: number;
}

/** How a task ended. */
export type Ending =
  /** By itself, with an exit code. */
  | "exit"
  /** By a signal. */
  | "signal"
  /** Its time was up. */
  | "limit"
  | "memory"
  /** By somebody else than the command. */
  | "cancelled"
  /** It made room for another. */
  | "preempted"
  /** Its node failed. */
  | "node"
  /** It could not be started. */
  | "launch";

/** How a task stands. */
export type TicketState =
  | {
    readonly kind: "queued";
    /** In the executor's words: `Resources`, `Priority`, `BeginTime`. */
    readonly why: string;
    /** How often it was put back into the queue. */
    readonly restarts: number;
  }
  | { readonly kind: "running"; readonly node: string; readonly restarts: number }
  | {
    readonly kind: "ended";
    readonly how: Ending;
    /** Exit code, or number of the signal. */
    readonly code: number;
    /** For people, in the executor's words: `FAILED NonZeroExitCode 7:0`. */
    readonly text: string;
  }
  /** Nothing is known of it, which never means that it failed. */
  | { readonly kind: "unknown" };

/** The executor cannot be asked at the moment; what it runs goes on. */
export class ExecutorSilent extends Error {
  override name = "ExecutorSilent";
}

/** A place where tasks run. One contract test runs against all (`_contract.ts`). */
export interface Executor {
  /** For example `slurm`. */
  readonly kind: string;
  /** For messages: `slurm, partition gpu`. */
  readonly place: string;
  /** Largest number of tasks in a wave. */
  readonly largestWave: (signal: AbortSignal) => Promise<number>;
  /** What keeps it from working, with the mending command; asked once, before anything is submitted. */
  readonly check: (signal: AbortSignal) => Promise<string | undefined>;
  /**
   * Hands over a wave; one that is known already is not submitted again, so that a submission whose
   * answer was lost can be tried again.
   *
   * @throws {ExecutorSilent} If it cannot be asked
   * @throws {SubmissionRefused} If it does not take so many, or these at all
   */
  readonly submit: (wave: Wave, signal: AbortSignal) => Promise<readonly Ticket[]>;
  /**
   * States of many tasks by one question.
   *
   * @throws {ExecutorSilent} If it cannot be asked
   */
  readonly poll: (tickets: readonly Ticket[]) => Promise<ReadonlyMap<Ticket["id"], TicketState>>;
  /**
   * Ends tasks, and waits until none of them runs any more, but not for ever.
   *
   * @returns Those that could not be ended; the text says what a person can do
   */
  readonly cancel: (tickets: readonly Ticket[]) => Promise<{
    readonly left: readonly Ticket[];
    readonly text?: string;
  }>;
  /** Tasks of a wave that are known, after a crash; none if it never was submitted. */
  readonly find: (wave: Pick<Wave, "id" | "folder" | "tasks">) => Promise<readonly Ticket[]>;
}

/** A wave that an executor does not take. */
export class SubmissionRefused extends Error {
  override name = "SubmissionRefused";
  /** Whether fewer tasks, or the same ones later, may be taken: a limit of the account is reached. */
  readonly later: boolean;

  constructor(message: string, later: boolean) {
    super(message);
    this.later = later;
  }
}
