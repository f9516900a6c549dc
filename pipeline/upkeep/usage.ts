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
