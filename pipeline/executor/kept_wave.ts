/** A wave as its folder in a store has it: its record, and whose cells are still in its hands. @module */
import { join } from "node:path";
import type { Key } from "../store/key.ts";
import type { Lease } from "../store/lease.ts";
import type { Ticket, Wave } from "./executor.ts";
import type { Tasks, Work } from "./work.ts";

/** `wave.json`, written by the command that looks after the wave. */
export interface WaveRecord {
  /** Kind of the executor. */
  readonly executor: string;
  /** For messages. */
  readonly place: string;
  /** What was, or is to be, submitted. */
  readonly wave: Wave;
  /** When it was made: ISO 8601, UTC. */
  readonly made: string;
  /** Names of its tasks, in their order; not there until the executor has said them. */
  readonly tickets?: readonly string[];
  /** Whether the command that looked after it asked for its end. */
  readonly cancelled?: boolean;
  /** Cells that are in its hands no longer. */
  readonly taken: readonly Key[];
  /** Whether all are taken back. */
  readonly closed?: boolean;
}

/** A wave of a store. */
export interface KeptWave {
  readonly tasks: Tasks;
  record: WaveRecord;
  /** Held by the one command that looks after it. */
  lease?: Lease;
}

/** Where a wave's record is. */
export const recordPath = (folder: string): string => join(folder, "wave.json");

/** Where the tasks of a wave are told of. */
export const tasksPath = (folder: string): string => join(folder, "tasks.json");

/** Cells of a wave, task by task, that are still in its hands. */
export function inHands({ tasks, record }: KeptWave): { work: Work; task: number }[] {
  const taken = new Set(record.taken);
  return tasks.tasks.flatMap((works, task) =>
    works.filter(({ key }) => !taken.has(key)).map((work) => ({ work, task }))
  );
}

/** The ticket of a task, where the executor has said it. */
export function ticketOf({ record: { wave, tickets } }: KeptWave, task: number) {
  return tickets === undefined ? undefined : { id: tickets[task], wave: wave.id, task };
}

/** Names of a wave's tasks in their order. */
export const namesOf = (tickets: readonly Ticket[]): string[] =>
  [...tickets].sort((a, b) => a.task - b.task).map(({ id }) => id);

/** The name of a new wave: twelve hexadecimal digits. */
export const newWave = (): string => crypto.randomUUID().replaceAll("-", "").slice(0, 12);
