/** A surface as lines one before the other, each hiding what lies behind it. @module */
import type { Grid } from "../../surface/record.ts";

/** How a surface is drawn, in pixels. */
export interface RidgeOptions {
  readonly width: number;
  readonly height: number;
  /** Share of the height that the surface's own range takes; the rest is how far it reaches back. */
  readonly relief?: number;
  /** Share of the width by which the farthest line is moved to the side. */
  readonly slant?: number;
}

/** One line of a surface, from left to right. */
export interface Ridge {
  /** SVG path of the line alone. */
  readonly line: string;
  /** The same line, closed at the bottom of the drawing: what it hides. */
  readonly ground: string;
}

/** Lines that a drawing has room for. */
const ENOUGH = 12;

/** About so many of a surface's lines, evenly spaced, both ends and the middle among them. */
export function fewerLines(grid: Grid): Grid {
  const spaces = grid.length - 1, step = Math.floor(spaces / ENOUGH);
  return step > 1 && spaces % (2 * step) === 0 ? grid.filter((_, i) => i % step === 0) : grid;
}

/**
 * Places a surface's lines from back to front in a box. Each is one row of the grid; the vertical scale
 * is the surface's own.
 */
export function ridges(
  grid: Grid,
  { width, height, relief = 0.6, slant = 0.28 }: RidgeOptions,
): Ridge[] {
  let low = Infinity, high = -Infinity;
  for (const value of grid.flat()) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? relief * height / (high - low) : 0, depth = (1 - relief) * height;
  return grid.map((row, i) => {
    const back = 1 - i / (grid.length - 1), from = slant * width * back;
    const points = row.map((value, j) => {
      const x = from + (1 - slant) * width * j / (row.length - 1);
      const y = height - depth * back - scale * (value - low);
      return `${x.toFixed(1)} ${y.toFixed(1)}`;
    });
    const bottom = (height - depth * back + 1).toFixed(1);
    const right = (from + (1 - slant) * width).toFixed(1);
    const line = `M${points.join("L")}`;
    return { line, ground: `${line}L${right} ${bottom}L${from.toFixed(1)} ${bottom}Z` };
  });
}
