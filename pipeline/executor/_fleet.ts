/** How tests of fleets run cells, and what they say of tasks. @module */
import { type Fixture } from "../_fixture.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import type { RunEvent } from "../run/events.ts";
import type { RunOptions } from "../run/run.ts";
import { writeAtomic } from "../store/files.ts";
import { computing, fleetOptions, type Script } from "./_scripted.ts";
import type { Executor, TicketState } from "./executor.ts";
import { type FleetOptions, openFleet } from "./fleet.ts";
import { attemptPath, type Work } from "./work.ts";

/** Options of a run whose cells run on an executor. */
export const on = (
  fixture: Fixture,
  executor: Executor,
  more: Partial<FleetOptions> = {},
): Partial<RunOptions> => ({
  openFleet: (told) =>
    Promise.resolve(openFleet({ ...fleetOptions(fixture, executor, more), ...told })),
});

/** What a run says to people. */
export const notes = (events: readonly RunEvent[]): string[] =>
  events.flatMap((event) =>
    event.kind === "note"
      ? [event.text]
      : event.kind === "log"
      ? [`${event.cell}: ${event.text}`]
      : []
  );

/** One cell that runs elsewhere. */
export const one = ({ stage }: Fixture): CellDeclaration[] => [
  { id: "number", stage: stage("number"), parameters: { value: 1 }, inputs: [] },
];

/** Cells that run elsewhere and read nothing. */
export const numbers = ({ stage }: Fixture, count: number): CellDeclaration[] =>
  Array.from({ length: count }, (_, value) => ({
    ...{ id: `number:${value}`, stage: stage("number"), parameters: { value }, inputs: [] },
  }));

/** The state of a task that ended. */
export const ended = (how: (TicketState & { kind: "ended" })["how"], code = 0): TicketState => ({
  ...{ kind: "ended", how, code, text: `${how.toUpperCase()} ${code}` },
});

/** Says how an attempt to run a cell ended. */
export function say({ store }: Fixture, { key }: Work, wave: string, outcome: unknown): void {
  const said = { attempt: "1_0-0", wave, node: "n1", ended: new Date().toISOString(), outcome };
  writeAtomic(attemptPath(store, key), JSON.stringify(said));
}

/** Runs a script first, and computes from the second task on. */
export function firstThen(
  fixture: Fixture,
  cells: readonly CellDeclaration[],
  first: Script,
): Script {
  const then = computing(fixture, cells);
  let count = 0;
  return (works, task) => (count++ === 0 ? first : then)(works, task);
}
