/** Measurements that are done, one JSON line each: what a call that was cut off goes on from. @module */
import { join } from "node:path";
import type { Item } from "./items.ts";

/** What one side took. */
export interface SideResult {
  /** Milliseconds a step or evaluation, the median of the turns. */
  readonly milliseconds?: number;
  /** The fastest turn's. */
  readonly fastest?: number;
  /** Runs in each turn. */
  readonly runs?: number;
  /** Seconds until the first run could begin. */
  readonly compiled?: number;
  /** Bytes of the device that the program needs. */
  readonly memory?: number;
  /** Why there are no numbers. */
  readonly error?: string;
}

/** A finished measurement. */
export interface Entry {
  readonly name: string;
  readonly item: Item;
  /** Wall time of the measurement, compilation included. */
  readonly seconds: number;
  readonly device: string;
  /** By side, of timed items. */
  readonly sides?: Readonly<Record<string, SideResult>>;
  /** Floating-point operations of one run's convolutions and products, and images in it. */
  readonly flops?: number;
  readonly images?: number;
  /** What else is to be told: agreement as text, or why an item failed. */
  readonly text?: string;
  readonly failed?: boolean;
}

/** The file and what it holds. */
export interface Ledger {
  readonly entries: readonly Entry[];
  readonly has: (name: string) => boolean;
  readonly add: (entry: Entry) => void;
}

/**
 * Opens a ledger; a line that was cut off counts as not there.
 *
 * @param path JSON lines
 * @param copyTo A folder to keep a second copy in, at once and with each entry
 */
export function openLedger(path: string, copyTo?: string): Ledger {
  const entries: Entry[] = readEntries(path);
  const save = () => {
    const text = entries.map((entry) => JSON.stringify(entry) + "\n").join("");
    for (const file of [path, ...copyTo === undefined ? [] : [join(copyTo, "results.jsonl")]]) {
      Deno.writeTextFileSync(`${file}.tmp`, text);
      Deno.renameSync(`${file}.tmp`, file);
    }
  };
  if (copyTo !== undefined && entries.length > 0) save();
  return {
    entries,
    // What failed is tried again: memory may have been short.
    has: (name) => entries.some((entry) => entry.name === name && !entry.failed),
    add(entry) {
      const at = entries.findIndex(({ name }) => name === entry.name);
      if (at < 0) entries.push(entry);
      else entries[at] = entry;
      save();
    },
  };
}

/** The entries of a ledger; none where there is no file. */
export function readEntries(path: string): Entry[] {
  let text;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return text.split("\n").flatMap((line) => {
    try {
      return line === "" ? [] : [JSON.parse(line)];
    } catch (error) {
      if (error instanceof SyntaxError) return []; // a line that was cut
      throw error;
    }
  });
}

/**
 * Seconds that an item is likely to take: as long as the slowest of its kind so far.
 *
 * @param unknown What to expect of the first of its kind
 */
export function expectedSeconds(
  { kind }: Item,
  entries: readonly Entry[],
  unknown: Readonly<Record<Item["kind"], number>>,
): number {
  const known = entries.filter((entry) => entry.item.kind === kind).map(({ seconds }) => seconds);
  return known.length > 0 ? Math.max(...known) : unknown[kind];
}
