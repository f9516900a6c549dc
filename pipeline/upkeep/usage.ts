/** What takes the space in a store. @module */
import { relative } from "node:path";
import { filesBelow } from "../store/files.ts";
import type { Store } from "../store/store.ts";
import type { StoreItem } from "./inventory.ts";

/** What takes the space: sums by stage, and the cells, largest first. */
export function usage(items: readonly StoreItem[]): {
  readonly stages: readonly UsageRow[];
  readonly cells: readonly UsageRow[];
} {
  return {
    stages: sums(items, ({ kind, stage }) => stage ?? kind),
    cells: sums(items.filter(({ kind }) => kind === "cell"), ({ name }) => name),
  };
}

/** A folder of the store, or a file in it, that is no cell's and that nothing collects. */
export interface BesideRow {
  /** For example `plugins`. */
  readonly name: string;
  readonly size: number;
}

/**
 * What else lies in a store's folder, largest first: fetched plugins, engines that were built,
 * caches, results that were copied out.
 *
 * @param items The store's inventory
 */
export function besides({ folder }: Store, items: readonly StoreItem[]): BesideRow[] {
  const counted = new Set(items.flatMap(({ paths }) => paths)), sizes = new Map<string, number>();
  for (const path of filesBelow(folder)) {
    const name = relative(folder, path), parts = name.split("/"), [first] = parts;
    // Work, waves and frozen code are counted as folders.
    if (parts.some((_, n) => counted.has(parts.slice(0, n + 1).join("/")))) continue;
    sizes.set(first, (sizes.get(first) ?? 0) + sizeOf(path));
  }
  return [...sizes].map(([name, size]) => ({ name, size })).sort((a, b) => b.size - a.size);
}

/** A link counts as itself: what it leads to lies elsewhere, or is counted there. */
function sizeOf(path: string): number {
  try {
    return Deno.lstatSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0; // gone meanwhile
    throw error;
  }
}

/** Bytes under one name. */
export interface UsageRow {
  readonly name: string;
  readonly reachable: number;
  readonly unreachable: number;
}

function sums(items: readonly StoreItem[], nameOf: (item: StoreItem) => string): UsageRow[] {
  const rows = new Map<string, UsageRow>();
  for (const item of items) {
    const name = nameOf(item), row = rows.get(name) ?? { name, reachable: 0, unreachable: 0 };
    const side = item.reachable ? "reachable" : "unreachable";
    rows.set(name, { ...row, [side]: row[side] + item.size });
  }
  return [...rows.values()].sort((a, b) =>
    b.reachable + b.unreachable - a.reachable - a.unreachable
  );
}
