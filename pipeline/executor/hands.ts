/** Where cells are that were handed over, for commands that only look. @module */
import type { Elsewhere } from "../answers/status.ts";
import type { Key } from "../store/key.ts";
import type { Store } from "../store/store.ts";
import { type Executor, ExecutorSilent, type Ticket, type TicketState } from "./executor.ts";
import { inHands, ticketOf } from "./kept_wave.ts";
import { openWaves } from "./waves.ts";

/**
 * Finds cells in the hands of executors, and asks each executor once how they stand.
 *
 * @param openExecutor Opens an executor by its kind; `undefined` if there is none of it here
 * @returns By key; empty, without asking anybody, where nothing was handed over
 */
export async function whereCellsAre(
  store: Pick<Store, "folder">,
  keys: ReadonlySet<Key>,
  openExecutor: (kind: string) => Promise<Executor | undefined>,
): Promise<Map<Key, Elsewhere>> {
  const found = new Map<Key, { place: string; kind: string; ticket?: Ticket }>();
  for (const wave of openWaves(store, undefined).open()) {
    for (const { work: { key }, task } of inHands(wave)) {
      if (!keys.has(key) || found.has(key)) continue;
      const { place, executor: kind } = wave.record;
      found.set(key, { place, kind, ticket: ticketOf(wave, task) });
    }
  }
  const states = new Map<string, TicketState>();
  for (const kind of new Set([...found.values()].map(({ kind }) => kind))) {
    const tickets = new Map(
      [...found.values()].flatMap((one) => one.kind === kind ? one.ticket ?? [] : [])
        .map((ticket) => [ticket.id, ticket]),
    );
    for (const [id, state] of await ask(await openExecutor(kind), [...tickets.values()])) {
      states.set(id, state);
    }
  }
  return new Map(
    [...found].map(([key, { place, ticket }]) => [
      key,
      elsewhere(place, ticket?.id, ticket && states.get(ticket.id)),
    ]),
  );
}

/** States as far as the executor tells them now. */
async function ask(executor: Executor | undefined, tickets: readonly Ticket[]) {
  try {
    return tickets.length === 0 ? [] : await executor?.poll(tickets) ?? [];
  } catch (error) {
    if (error instanceof ExecutorSilent) return [];
    throw error;
  }
}

function elsewhere(
  place: string,
  ticket: string | undefined,
  state: TicketState = { kind: "unknown" },
): Elsewhere {
  const task = { place, ...ticket === undefined ? {} : { ticket }, state: state.kind };
  switch (state.kind) {
    case "queued":
      return { ...task, why: state.why, restarts: state.restarts };
    case "running":
      return { ...task, node: state.node, restarts: state.restarts };
    case "ended":
      return { ...task, why: state.text };
    case "unknown":
      return task;
  }
}
