/** How what people read is laid out. @module */
import { type Paint, paintForOutput } from "../../lib/std/paint.ts";

/** Lines are laid out for so many columns where no terminal says how wide it is. */
export const COLUMNS = 80;

/** Width and colours of standard output: a terminal's own, but lines stay readable on a wide one. */
export function lookForOutput(): { readonly width: number; readonly paint: Paint } {
  const terminal = Deno.stdout.isTerminal();
  const columns = terminal ? Deno.consoleSize().columns || COLUMNS : COLUMNS;
  return { width: Math.min(Math.max(columns, 40), 120), paint: paintForOutput(terminal) };
}
