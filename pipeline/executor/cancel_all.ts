/** What a command does with its tasks when it is interrupted. @module */
import type { Key } from "../store/key.ts";
import { type Entry, type FleetState, heldEntries, tasksText } from "./entry.ts";
import { resultOf } from "./results.ts";
import { inHands, type KeptWave, namesOf, ticketOf } from "./kept_wave.ts";

/** Cancels what this command looks after, in one call. */
export async function cancelAll(fleet: FleetState): Promise<void> {
  const { options, waves, entries, note, settle } = fleet, { executor } = options;
  const held = heldEntries(fleet);
  const own = held.filter(({ held: { wave } }) => wave.lease !== undefined);
  for (const { held: { wave } } of own) {
    if (wave.record.tickets !== undefined) continue;
    const found = await executor.find(wave.record.wave).catch(() => []);
    if (found.length > 0) waves.change(wave, { tickets: namesOf(found) });
  }
  const tickets = new Map(
    own.flatMap(({ held: { wave, task } }) => ticketOf(wave, task) ?? []).map((t) => [t.id, t]),
  );
  if (tickets.size > 0) {
    // Who is in a hurry may leave before it is known what became of them.
    for (const wave of new Set(own.map(({ held: { wave } }) => wave))) {
      waves.change(wave, { cancelled: true });
    }
    note(`Cancelling ${tasksText(tickets.size)} of ${executor.place}`);
    const { left, text } = await executor.cancel([...tickets.values()]).catch((error) => ({
      left: [...tickets.values()],
      text: `${error.message}; ${[...tickets.keys()].join(" ")}`,
    }));
    if (left.length > 0) note(`${tasksText(left.length)} could not be cancelled: ${text}`);
    for (const { id } of left) tickets.delete(id);
  }
  const ended = new Map<KeptWave, Key[]>();
  let answers = true;
  /** What a cell has left by now; who waits for an end does not wait for each of many silences. */
  const leftBy = async (entry: Entry) => {
    try {
      return answers ? await resultOf(options, entry) : undefined;
    } catch {
      answers = false;
    }
  };
  for (const entry of entries.values()) {
    const manifest = entry.held && await leftBy(entry);
    const ticket = entry.held && ticketOf(entry.held.wave, entry.held.task);
    if (entry.held?.wave.lease && ticket && tickets.has(ticket.id)) {
      if (!ended.has(entry.held.wave)) ended.set(entry.held.wave, []);
      ended.get(entry.held.wave)!.push(entry.work.key);
    }
    settle(entry, manifest ? { kind: "finished", manifest } : { kind: "interrupted" });
  }
  for (const [wave, keys] of ended) {
    waves.change(wave, { taken: [...wave.record.taken, ...keys] });
    if (inHands(wave).length === 0) await waves.close(wave, false);
    else await waves.release(wave);
  }
}
