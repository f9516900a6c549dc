/** In what two tables' cells differ besides their numbers. @module */
import { differences } from "../../pipeline/freshness/staleness.ts";
import type { Json } from "../../pipeline/store/canonical.ts";
import type { Manifest } from "../../pipeline/store/manifest.ts";
import { RESULT_CELLS } from "../results/copy.ts";
import type { Side } from "./side.ts";

/** A value that differs, and in which cells. */
export interface SettingDifference {
  /** For example `train`, or `attack:pgd50`. */
  readonly cells: string;
  /** For example `recipe.epochs`, `seed` or `code`. */
  readonly name: string;
  /** `null` where there is none, or where it is not the same in all these cells. */
  readonly a: Json;
  readonly b: Json;
  /** Ids of the cells of both tables that differ so. */
  readonly ids: readonly string[];
}

/** Names whose values are told by no more than that they differ. */
const OPAQUE = ["code", "seed"];

/** Parameters, seeds and code of the cells that both tables have, values that differ alike together. */
export function settingDifferences(a: Side, b: Side): SettingDifference[] {
  const found = new Map<string, { -readonly [name in keyof SettingDifference]: Json }>();
  for (const [id, { manifest: before }] of Object.entries(a.cells)) {
    const now = b.cells[id]?.manifest;
    if (before === undefined || now === undefined || RESULT_CELLS.includes(id)) continue;
    const cells = id.split(":").slice(0, id.startsWith("attack:") ? 2 : 1).join(":");
    for (const change of differences(settingsOf(now), settingsOf(before))) {
      const [first, second] = OPAQUE.includes(change.name)
        ? [null, null]
        : [change.before, change.now];
      const same = JSON.stringify([cells, change.name, first, second]);
      const known = found.get(same) ?? { cells, name: change.name, a: first, b: second, ids: [] };
      found.set(same, { ...known, ids: [...known.ids as string[], id] });
    }
  }
  return [...found.values()] as unknown as SettingDifference[];
}

const settingsOf = ({ parameters, seed, code }: Manifest): Json => ({ ...parameters, seed, code });

/** Cells of both tables whose parameters are not known, as the store has no record of them. */
export function unknownSettings(a: Side, b: Side): string[] {
  return Object.entries(a.cells).filter(([id, { manifest }]) =>
    id in b.cells && (manifest === undefined || b.cells[id].manifest === undefined)
  ).map(([id]) => id);
}
