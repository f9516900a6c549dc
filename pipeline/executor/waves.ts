/**
 * Waves as a store keeps them: one folder each, with the cells of its tasks and how it stands. A cell
 * that an open wave names is in its hands; so no second command submits it, and one that comes after
 * a crash finds what it had submitted.
 *
 * @module
 */
import { join } from "node:path";
import { readJson, removeIfPresent, statIfPresent, writeAtomic } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { acquire, type Lease, type LeaseOptions } from "../store/lease.ts";
import type { Store } from "../store/store.ts";
import { systemCode } from "../store/system_error.ts";
import type { Wave } from "./executor.ts";
import { inHands, type KeptWave, recordPath, tasksPath, type WaveRecord } from "./kept_wave.ts";
import { type Tasks, waveFolder } from "./work.ts";

/** Time until a claim of another command is looked at again, milliseconds. */
const CLAIM_MS = 100;

/** Removes a wave's folder; false where a task that is just ending has put something into it. */
function isRemoved(folder: string): boolean {
  try {
    removeIfPresent(folder);
    return true;
  } catch (error) {
    if (systemCode(error) !== "ENOTEMPTY") throw error;
    return false;
  }
}

/** The waves of one store, of one kind of executor. */
export interface Waves {
  /** Open waves, the latest first. */
  readonly open: () => KeptWave[];
  /** Those that this command looks after. */
  readonly held: () => KeptWave[];
  /**
   * Makes waves of those cells that no open wave has, and holds them; two commands that do so at once
   * never both get a cell.
   *
   * @param plan Makes waves of the cells that are left
   */
  readonly claim: (
    keys: readonly Key[],
    plan: (left: ReadonlySet<Key>) => Promise<readonly { wave: Wave; tasks: Tasks }[]>,
    place: string,
  ) => Promise<KeptWave[]>;
  /** Whether this command looks after a wave from now on; not while another that lives does. */
  readonly hold: (wave: KeptWave) => Promise<boolean>;
  /** Cells that are in the hands of another command's wave by now; none once it is closed. */
  readonly follow: (wave: KeptWave) => ReturnType<typeof inHands>;
  readonly change: (wave: KeptWave, changes: Partial<WaveRecord>) => void;
  /** Closes a wave; its folder stays where it has something to tell. */
  readonly close: (wave: KeptWave, tells: boolean) => Promise<void>;
  /** Lets go of a wave, for another command. */
  readonly release: (wave: KeptWave) => Promise<void>;
}

/**
 * Opens the waves of a store.
 *
 * @param executor Its kind; all kinds if left out, to look at alone
 */
export function openWaves(
  store: Pick<Store, "folder">,
  executor: string | undefined,
  leaseOptions?: LeaseOptions,
): Waves {
  const parent = join(store.folder, "work", "waves");
  /** Tasks of waves never change. */
  const known = new Map<string, KeptWave>();
  const leasePath = (id: string) => join(parent, `${id}.lease`);

  function read(id: string): KeptWave | undefined {
    const before = known.get(id);
    // What this command holds nobody else changes.
    if (before?.lease !== undefined) return before;
    const folder = waveFolder(store, id), record = readJson<WaveRecord>(recordPath(folder));
    if (record === undefined || record.closed) return undefined;
    if (executor !== undefined && record.executor !== executor) return undefined;
    if (before !== undefined) {
      before.record = record;
      return before;
    }
    const tasks = readJson<Tasks>(tasksPath(folder));
    if (tasks === undefined) return undefined;
    const wave: KeptWave = { tasks, record };
    known.set(id, wave);
    return wave;
  }

  function open(): KeptWave[] {
    if (statIfPresent(parent) === undefined) return [];
    return [...Deno.readDirSync(parent)].filter(({ isDirectory }) => isDirectory)
      .flatMap(({ name }) => read(name) ?? [])
      .sort((a, b) => a.record.made < b.record.made ? 1 : -1);
  }

  /** Writes a new wave down and holds it. */
  async function made(wave: KeptWave): Promise<KeptWave> {
    const { wave: { id, folder } } = wave.record;
    const attempt = await acquire(leasePath(id), leaseOptions);
    if (attempt.kind === "busy") throw new TypeError(`The wave ${id} is there already`);
    keep(wave, attempt.lease);
    try {
      writeAtomic(tasksPath(folder), JSON.stringify(wave.tasks));
      // Before this is there the wave is not, and nothing has been submitted.
      writeAtomic(recordPath(folder), JSON.stringify(wave.record));
    } catch (error) {
      await release(wave);
      throw error;
    }
    known.set(id, wave);
    return wave;
  }

  /** Held while waves are made: by one command at a time. */
  async function claimLease(): Promise<Lease> {
    while (true) {
      const attempt = await acquire(join(parent, "claim.lease"), leaseOptions);
      if (attempt.kind === "held") return attempt.lease;
      await new Promise((go) => setTimeout(go, CLAIM_MS));
    }
  }

  /** Holds a wave, unless another command takes it over from this one, which then stood still. */
  function keep(wave: KeptWave, lease: Lease): KeptWave {
    wave.lease = lease;
    lease.lost.addEventListener("abort", () => {
      if (wave.lease === lease) void release(wave);
    });
    return wave;
  }

  async function release(wave: KeptWave): Promise<void> {
    const { lease } = wave;
    wave.lease = undefined;
    await lease?.release();
  }

  return {
    open,
    held: () => [...known.values()].filter(({ lease }) => lease !== undefined),
    async claim(keys, plan, place) {
      const claiming = await claimLease();
      try {
        const taken = new Set(open().flatMap((wave) => inHands(wave)).map(({ work }) => work.key));
        const left = new Set(keys.filter((key) => !taken.has(key))), kept: KeptWave[] = [];
        for (const { wave, tasks } of left.size === 0 ? [] : await plan(left)) {
          const record: WaveRecord = {
            ...{ executor: executor!, place, wave, taken: [] },
            made: new Date().toISOString(),
          };
          kept.push(await made({ tasks, record }));
        }
        return kept;
      } finally {
        await claiming.release();
      }
    },
    async hold(wave) {
      if (wave.lease !== undefined) return true;
      const attempt = await acquire(leasePath(wave.tasks.wave), leaseOptions);
      if (attempt.kind === "busy") return false;
      const record = readJson<WaveRecord>(recordPath(waveFolder(store, wave.tasks.wave)));
      if (record === undefined || record.closed) {
        await attempt.lease.release();
        return false;
      }
      wave.record = record;
      keep(wave, attempt.lease);
      return true;
    },
    follow({ tasks: { wave } }) {
      const now = read(wave);
      return now === undefined ? [] : inHands(now);
    },
    change(wave, changes) {
      wave.record = { ...wave.record, ...changes };
      writeAtomic(recordPath(waveFolder(store, wave.tasks.wave)), JSON.stringify(wave.record));
    },
    async close(wave, tells) {
      const folder = waveFolder(store, wave.tasks.wave);
      if (tells || !isRemoved(folder)) {
        wave.record = { ...wave.record, closed: true };
        writeAtomic(recordPath(folder), JSON.stringify(wave.record));
      }
      known.delete(wave.tasks.wave);
      await release(wave);
    },
    release,
  };
}
