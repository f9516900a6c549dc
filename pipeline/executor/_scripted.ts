/** An executor of tests, in memory: what its tasks do and how they end is a function. @module */
import { type Fixture } from "../_fixture.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import type { Digest } from "../store/digest.ts";
import { readJson, writeAtomic } from "../store/files.ts";
import type { Executor, Ticket, TicketState, Wave } from "./executor.ts";
import { ExecutorSilent } from "./executor.ts";
import type { FleetOptions, FleetTimes } from "./fleet_options.ts";
import { attemptPath, type Tasks, type Work } from "./work.ts";

/** What a task does; what it returns is how it ended. */
export type Script = (
  works: readonly Work[],
  task: { readonly wave: Wave; readonly state: (state: TicketState) => void },
) => Promise<TicketState>;

/** How a task ends that did its work. */
export const ENDED_WELL: TicketState = {
  ...{ kind: "ended", how: "exit", code: 0, text: "COMPLETED 0:0" },
};

/** An executor whose tasks are functions of this process. */
export interface Scripted extends Executor {
  /** Waves in the order of their submission. */
  readonly submitted: Wave[];
  /** Tickets by call of {@linkcode Executor.cancel}. */
  readonly cancelled: Ticket[][];
  /** Waits for all tasks. */
  readonly settled: () => Promise<void>;
  silent: boolean;
  /** How often it did not answer. */
  unanswered: number;
}

/** Opens an executor that runs a script. */
export function openScripted(script: Script, more: Partial<Executor> = {}): Scripted {
  const states = new Map<string, TicketState>(), tasks: Promise<unknown>[] = [];
  const waves = new Map<string, readonly Ticket[]>();
  const speak = () => {
    if (!scripted.silent) return;
    scripted.unanswered++;
    throw new ExecutorSilent("no answer");
  };
  const scripted: Scripted = {
    ...{
      kind: "scripted",
      place: "scripted",
      submitted: [],
      cancelled: [],
      silent: false,
      unanswered: 0,
    },
    largestWave: () => Promise.resolve(1000),
    check: () => Promise.resolve(undefined),
    submit(wave) {
      speak();
      if (waves.has(wave.id)) return Promise.resolve(waves.get(wave.id)!);
      scripted.submitted.push(wave);
      const { tasks: cells } = readJson<Tasks>(`${wave.folder}/tasks.json`)!;
      const tickets = cells.map((_, task) => ({
        ...{ id: `${scripted.submitted.length}_${task}`, wave: wave.id, task },
      }));
      waves.set(wave.id, tickets);
      for (const { id, task } of tickets) {
        states.set(id, { kind: "running", node: "n1", restarts: 0 });
        const state = (state: TicketState) => {
          if (states.get(id)?.kind !== "ended") states.set(id, state);
        };
        tasks.push(script(cells[task], { wave, state }).then(state));
      }
      return Promise.resolve(tickets);
    },
    poll(tickets) {
      speak();
      return Promise.resolve(
        new Map(tickets.map(({ id }) => [id, states.get(id) ?? { kind: "unknown" }])),
      );
    },
    cancel(tickets) {
      speak();
      scripted.cancelled.push([...tickets]);
      for (const { id } of tickets) {
        states.set(id, { kind: "ended", how: "cancelled", code: 0, text: "CANCELLED by us" });
      }
      return Promise.resolve({ left: [] });
    },
    find: ({ id }) => Promise.resolve(waves.get(id) ?? []),
    settled: async () => void await Promise.allSettled(tasks),
    ...more,
  };
  return scripted;
}

/** A script that computes cells in this process, in the store of a fixture. */
export function computing(fixture: Fixture, cells: readonly CellDeclaration[]): Script {
  const needed = (id: string): string[] => {
    const { inputs } = cells.find((cell) => cell.id === id)!;
    return [id, ...inputs.flatMap(needed)];
  };
  return async (works, { wave }) => {
    for (const { cell: { id }, key } of works) {
      const wanted = new Set(needed(id));
      const { failed, events } = await fixture.run(cells.filter((cell) => wanted.has(cell.id)));
      const failure = events.find((event) => event.kind === "failed" && event.cell === id);
      const outcome = failed.includes(id) ? failure : { kind: "finished" };
      writeAtomic(
        attemptPath(fixture.store, key),
        JSON.stringify({
          ...{ attempt: "1_0-0", wave: wave.id, node: "n1", ended: new Date().toISOString() },
          outcome: { ...outcome, kind: failed.includes(id) ? "failure" : "finished" },
        }),
      );
    }
    return ENDED_WELL;
  };
}

/** Times of a fleet of tests. */
export const TIMES: FleetTimes = { gather: 10, look: [20, 40], patience: 100, refused: 50 };

/** Those of a test in which cells that become ready together are one wave, on a slow machine too. */
export const TOGETHER: FleetTimes = { ...TIMES, gather: 150 };

/** What a fleet of tests is opened with; stages whose name is `here` stay here. */
export function fleetOptions(
  fixture: Fixture,
  executor: Executor,
  more: Partial<FleetOptions> = {},
): Omit<FleetOptions, "predicted" | "onEvent" | "signal" | "stale"> {
  return {
    ...{ executor, store: fixture.store, profile: "test", places: 100 },
    resources: ({ stage }) => stage.name === "here" ? "here" : { cpus: 1, gpus: 0, minutes: 10 },
    freeze: async (cells) => {
      const assessed = await fixture.assess(cells.map((cell) => ({ ...cell, inputs: [] })));
      const codes = [...assessed.values()].map(({ ingredients }) => ingredients!.code);
      return {
        ...{ digest: "0".repeat(64) as Digest, codes: new Set(codes) },
        start: (tasksFile) => Promise.resolve({ command: ["true", tasksFile] }),
      };
    },
    beneath: () => Promise.resolve(undefined),
    times: TIMES,
    ...more,
  };
}
