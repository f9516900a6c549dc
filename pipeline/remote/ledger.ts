/**
 * What a store knows to be in a remote, so that a run that made nothing new asks nothing. It spares
 * questions and answers none: what is taken from a remote is always looked for there, and hashed.
 *
 * @module
 */
import { dirname, join } from "node:path";
import { digestOf, isDigest } from "../store/digest.ts";
import { removeIfPresent, statIfPresent, writeAtomic } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { systemCode } from "../store/system_error.ts";
import type { Store } from "../store/store.ts";

/** Cells that a remote has, each with the state of what goes with it. */
export interface Ledger {
  /** The state that a cell was given in last; `undefined` if it may not be there. */
  readonly state: (key: Key) => string | undefined;
  readonly keys: () => readonly Key[];
  readonly note: (entries: readonly (readonly [key: Key, state: string])[]) => void;
  /** Forgets cells: they turned out not to be there. */
  readonly drop: (keys: readonly Key[]) => void;
  /** Forgets all. */
  readonly clear: () => void;
}

/** A line that takes an entry back. */
const GONE = "gone";

/** A ledger with so many lines a cell is written anew. */
const WASTE = 4;

/** The folder of what a store knows of a remote. */
export const ledgerFolder = ({ folder }: Pick<Store, "folder">, place: string): string =>
  join(folder, "remotes", digestOf(place));

/**
 * Opens the ledger of a store for a remote: a file of lines `<key> <state>`, the last of a key counts.
 * Pipelines that share the store add whole lines, so that none loses another's.
 */
export function openLedger(store: Pick<Store, "folder">, place: string): Ledger {
  const path = join(ledgerFolder(store, place), "keys");
  let entries: Map<Key, string> | undefined;

  function read(): Map<Key, string> {
    if (entries !== undefined) return entries;
    entries = new Map();
    if (statIfPresent(path) === undefined) return entries;
    let lines = 0;
    // A crash may have left half a line, which is no key with a state.
    for (const line of Deno.readTextFileSync(path).split("\n")) {
      const key = line.slice(0, 64), state = line.slice(65);
      if (!isDigest(key) || line[64] !== " " || state === "") continue;
      lines++;
      if (state === GONE) entries.delete(key as string as Key);
      else entries.set(key as string as Key, state);
    }
    if (lines > WASTE * (entries.size + 100)) {
      writeAtomic(path, linesText([...entries]));
    }
    return entries;
  }

  function add(some: readonly (readonly [key: Key, state: string])[]): void {
    if (some.length === 0) return;
    try {
      append(some);
    } catch (error) {
      // Without it the next run asks again; a store that cannot be written says so elsewhere.
      if (systemCode(error) === undefined) throw error;
    }
  }

  function append(some: readonly (readonly [key: Key, state: string])[]): void {
    const fresh = statIfPresent(path) === undefined;
    Deno.mkdirSync(dirname(path), { recursive: true });
    if (fresh) Deno.writeTextFileSync(join(dirname(path), "place"), `${place}\n`);
    // begins with a new line: a crash may have left half of one
    Deno.writeTextFileSync(path, `\n${linesText(some)}`, { append: true });
  }

  return {
    state: (key) => read().get(key),
    keys: () => [...read().keys()],
    note(some) {
      const known = read(), news = some.filter(([key, state]) => known.get(key) !== state);
      for (const [key, state] of news) known.set(key, state);
      add(news);
    },
    drop(keys) {
      const known = read(), there = keys.filter((key) => known.delete(key));
      add(there.map((key) => [key, GONE]));
    },
    clear() {
      entries = new Map();
      removeIfPresent(path);
    },
  };
}

const linesText = (entries: readonly (readonly [key: Key, state: string])[]) =>
  entries.map(([key, state]) => `${key} ${state}\n`).join("");
