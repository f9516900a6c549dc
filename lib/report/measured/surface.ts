/** Loss surfaces of all rows. @module */
import type { SurfaceRecord } from "../../surface/record.ts";
import { readRecord, rowOf } from "./cell_rows.ts";

/** The surfaces of one model; `docs/pipeline.md` has the fields. */
export interface SurfaceRow extends Omit<SurfaceRecord, "images" | "per_image"> {
  readonly method: string;
  readonly activation: string;
  /** Its cell, whose `surface.json` has every image. */
  readonly cell: string;
}

/** What the cell `surface` leaves as `surface.json`. */
export interface SurfaceReport {
  readonly profile: string;
  readonly data: string;
  readonly images: number;
  readonly rows: readonly SurfaceRow[];
}

/**
 * Reads a cell's `surface.json`.
 *
 * @throws {SyntaxError} If it is not as the stage `surface` writes it
 */
export const readSurface = (file: string, text: string): SurfaceRecord =>
  readRecord<SurfaceRecord>(file, text, ({ points, mean, shown }) => ({
    "mean to be a loss for each point": mean?.length === points &&
      mean?.every((row) => row.length === points),
    "shown to be surfaces of images": shown?.every((one) => "loss" in one && "roughness" in one),
  }));

/** Puts the surfaces of all models together. */
export function surfaceReport(
  cells: readonly (readonly [cell: string, record: SurfaceRecord])[],
  { profile, data }: { readonly profile: string; readonly data: string },
): SurfaceReport {
  return {
    ...{ profile, data, images: cells[0][1].images },
    rows: cells.map(([cell, { images: _, per_image: __, ...record }]) => {
      const { method, activation } = rowOf("surface", cell);
      return { method, activation, cell, ...record };
    }),
  };
}
