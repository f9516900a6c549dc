/** Cells that are ready become waves, and waves are submitted. @module */
import { SubmissionRefused, type Ticket, type Wave } from "./executor.ts";
import { cellsText, type Entry, type FleetState, tasksText } from "./entry.ts";
import { FLEET_TIMES, type FleetOptions, type Frozen, ScriptTooLarge } from "./fleet_options.ts";
import { finishedCell } from "../store/finished.ts";
import { halvesOf, type PlannedWave, planWaves } from "./tasks.ts";
import { inHands, type KeptWave, namesOf, newWave, tasksPath } from "./kept_wave.ts";
import { type Tasks, waveFolder } from "./work.ts";

/** Opens the way to the executor: what it returns hands over all that is ready. */
export function openHandOver(fleet: FleetState): () => Promise<void> {
  const { options, waves, entries, note, settle } = fleet;
  const { executor, signal, onEvent, times = FLEET_TIMES } = options;
  /** Tasks that the executor takes at once. */
  let largest: number | undefined, most: number | undefined;
  /** What was last said of a wave that was not taken. */
  let refused: string | undefined;
  const isFinished = ({ work: { key } }: Entry) => finishedCell(options.store, key) !== undefined;
  const largestOf = async () => most ??= await executor.largestWave(signal);

  /** Finds in whose hands cells are; what is in nobody's becomes a wave. */
  async function handOver(): Promise<void> {
    const now = performance.now();
    const ready = [...entries.values()].filter(({ held, notBefore }) => !held && notBefore <= now);
    if (ready.length > 0) {
      attach(ready);
      const free = ready.filter(({ held }) => held === undefined);
      if (free.length > 0) await submitNew(free);
    }
    // Of waves whose maker died, or whose answer was lost.
    for (const wave of new Set([...entries.values()].flatMap(({ held }) => held?.wave ?? []))) {
      if (await waves.hold(wave) && wave.record.tickets === undefined) await submit(wave);
    }
  }

  function attach(ready: readonly Entry[]): void {
    const byKey = new Map(ready.map((entry) => [entry.work.key, entry])), found = new Set<string>();
    for (const wave of waves.open()) {
      for (const { work, task } of inHands(wave)) {
        const entry = byKey.get(work.key);
        if (entry === undefined || entry.held !== undefined) continue;
        entry.held = { wave, task };
        found.add(wave.tasks.wave);
      }
    }
    if (found.size === 0) return;
    const count = ready.filter(({ held }) => held !== undefined).length;
    note(`Found ${cellsText(count)} that ${executor.place} has already (${[...found].join(", ")})`);
  }

  async function submitNew(ready: readonly Entry[]): Promise<void> {
    largest ??= await largestOf();
    const frozen = await options.freeze(ready.map(({ assessment }) => assessment.cell));
    // Edited since it was looked at, a cell belongs to another key.
    const isFrozen = ({ work }: Entry) => frozen.codes.has(work.cell.code);
    for (const entry of ready) if (!isFrozen(entry)) settle(entry, { kind: "edited" });
    const free = ready.filter(isFrozen);
    const inputs = free.flatMap(({ inputs }) => inputs.map(({ manifest }) => manifest!));
    await options.bring?.give([...new Map(inputs.map((one) => [one.key, one])).values()]);
    const all = planWaves(free, options.places, largest);
    // The places are those of all waves together.
    const atATime = Math.max(1, Math.floor(options.places / all.length));
    for (const planned of all) {
      if (!await submitPlanned(planned, frozen, atATime)) {
        // What is full takes no others either.
        const notBefore = performance.now() + times.refused;
        for (const entry of free) if (entry.held === undefined) entry.notBefore = notBefore;
        return;
      }
    }
    // What another command took this very moment is found the next time.
    for (const entry of free) {
      if (!entry.held && isFinished(entry)) settle(entry, { kind: "cached" });
    }
  }

  /** Claims and submits one wave; false if the executor is full. */
  async function submitPlanned(
    planned: PlannedWave<Entry>,
    frozen: Frozen,
    atATime: number,
  ): Promise<boolean> {
    let made: readonly KeptWave[];
    try {
      made = await claim(planned, frozen, atATime);
    } catch (error) {
      if (!(error instanceof ScriptTooLarge)) throw error;
      const halves = halvesOf(planned);
      if (halves.length === 0) refuse(planned.tasks.flat(), error);
      for (const half of halves) {
        if (!await submitPlanned(half, frozen, Math.ceil(atATime / 2))) return false;
      }
      return true;
    }
    for (const wave of made) if (!await submit(wave)) return false;
    return true;
  }

  /** Makes a wave of those of its cells that nobody has. */
  async function claim(
    { resources, tasks }: PlannedWave<Entry>,
    frozen: Frozen,
    atATime: number,
  ): Promise<readonly KeptWave[]> {
    const byKey = new Map(tasks.flat().map((entry) => [entry.work.key, entry]));
    const made = await waves.claim([...byKey.keys()], async (left) => {
      // Another command may have handed a cell over and taken it back since this one looked.
      const isLeft = (entry: Entry) => left.has(entry.work.key) && !isFinished(entry);
      const own = tasks.map((task) => task.filter(isLeft)).filter(({ length }) => length > 0);
      if (own.length === 0) return [];
      return [await waveOf({ resources, tasks: own }, frozen, atATime, options)];
    }, executor.place);
    for (const wave of made) {
      for (const { work, task } of inHands(wave)) byKey.get(work.key)!.held = { wave, task };
    }
    return made;
  }

  function refuse(cells: readonly Entry[], { message }: Error): void {
    const text = `${executor.place} does not take it: ${message}`;
    for (const entry of cells) settle(entry, { kind: "failure", text, tail: [] });
  }

  async function submit(wave: KeptWave): Promise<boolean> {
    const { wave: asked } = wave.record;
    const inWave = [...entries.values()].filter(({ held }) => held?.wave === wave);
    let tickets: readonly Ticket[];
    try {
      tickets = await executor.submit(asked, signal);
    } catch (error) {
      if (!(error instanceof SubmissionRefused)) throw error;
      await waves.close(wave, false);
      for (const entry of inWave) entry.held = undefined;
      if (!error.later) {
        refuse(inWave, error);
        return true;
      }
      largest = Math.max(1, Math.floor(asked.tasks / 2));
      const text = `${executor.place} takes no ${tasksText(asked.tasks)} now (${error.message}); ` +
        `trying ${largest} again later`;
      if (text !== refused) note(text);
      refused = text;
      return false;
    }
    refused = undefined;
    // What was full may have room for more by now.
    if (largest !== undefined) largest = Math.min(2 * largest, await largestOf());
    const names = namesOf(tickets);
    waves.change(wave, { tickets: names });
    const count = wave.tasks.tasks.flat().length;
    note(
      `${cellsText(count)} handed to ${executor.place} in ${tasksText(asked.tasks)}: ` +
        (names.length === 1 ? names[0] : `${names[0]} … ${names[names.length - 1]}`),
    );
    for (const { held, work } of inWave) {
      const ticket = names[held!.task], { place } = executor;
      onEvent({ kind: "queued", cell: work.cell.id, place, ticket, why: "", restarts: 0 });
    }
    return true;
  }

  return handOver;
}

/** A wave as it is planned, and what its tasks are told. */
async function waveOf(
  { resources, tasks: cells }: PlannedWave<Entry>,
  frozen: Frozen,
  atATime: number,
  { store, profile, commit }: FleetOptions,
): Promise<{ wave: Wave; tasks: Tasks }> {
  const id = newWave(), folder = waveFolder(store, id);
  const tasks: Tasks = {
    ...{ wave: id, profile, frozen: frozen.digest },
    ...commit === undefined ? {} : { commit },
    tasks: cells.map((task) => task.map(({ work }) => work)),
  };
  const all = cells.flat();
  const stages = [...new Set(all.map(({ work }) => work.cell.stage))].join(", ");
  return {
    tasks,
    wave: {
      ...{ id, folder, resources, tasks: cells.length, atATime },
      ...await frozen.start(tasksPath(folder), tasks),
      comment: `${profile}: ${cellsText(all.length)} of ${stages}`,
    },
  };
}
