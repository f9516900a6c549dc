/** Shows a run as it happens: repainted lines, plain lines, or JSON lines. @module */
import type { RunEvent } from "../pipeline/events.ts";
import { eventLines, overview, progressLine, terminalLines } from "../pipeline/progress/render.ts";
import { advance, NOTHING_YET } from "../pipeline/progress/state.ts";

/** Shows events. */
export interface Printer {
  readonly onEvent: (event: RunEvent) => void;
  /** Removes what is repainted, before anything else is printed. */
  readonly close: () => void;
}

/** Time between repaints, milliseconds. */
const REPAINT_MS = 250;

/** Where lines stay, a cell's progress is told this often, milliseconds. */
const PLAIN_MS = 10_000;

/**
 * Writes to standard output.
 *
 * @throws {Error} If the system refuses, for example because it is a file on a full disk
 */
export function write(text: string): void {
  const bytes = new TextEncoder().encode(text);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`Cannot write to standard output: ${message}`, { cause: error });
  }
}

/** Chooses by the output and the options. */
export function openPrinter(json: boolean): Printer {
  if (json) return { onEvent: (event) => printJson({ ...event }), close: () => {} };
  return Deno.stdout.isTerminal() ? terminalPrinter() : plainPrinter();
}

/** A line of what `--json` prints: all have `kind`, which says what else they have, and `time`. */
export type JsonLine = { readonly kind: string } & { readonly [name: string]: unknown };

/** One line of JSON as every command prints it. */
export function jsonLine({ kind, ...rest }: JsonLine): string {
  return JSON.stringify({ kind, time: new Date().toISOString(), ...rest }) + "\n";
}

/** Prints lines of JSON. */
export function printJson(...lines: readonly JsonLine[]): void {
  write(lines.map(jsonLine).join(""));
}

function plainPrinter(): Printer {
  let state = NOTHING_YET;
  const told = new Map<string, number>();
  return {
    onEvent(event) {
      const now = performance.now();
      state = advance(state, event, now);
      if (event.kind === "progress") {
        if (now - (told.get(event.cell) ?? -Infinity) < PLAIN_MS) return;
        told.set(event.cell, now);
        write(progressLine(event) + "\n");
      }
      const lines = eventLines(event);
      if (event.kind === "finished") lines.push(overview(state, now));
      write(lines.map((line) => `${line}\n`).join(""));
    },
    close: () => {},
  };
}

function terminalPrinter(): Printer {
  let state = NOTHING_YET, painted = 0, timer: ReturnType<typeof setInterval> | undefined;
  const clear = () => {
    if (painted > 0) write(`\x1b[${painted}A\x1b[J`);
    painted = 0;
  };
  const paint = () => {
    // A terminal may not know its own width.
    const columns = Deno.consoleSize().columns || 80;
    const lines = terminalLines(state, performance.now(), columns);
    clear();
    write(lines.map((line) => `${line}\n`).join(""));
    painted = lines.length;
  };
  return {
    onEvent(event) {
      state = advance(state, event, performance.now());
      // A run that starts nothing paints nothing.
      if (event.kind === "started") timer ??= setInterval(paint, REPAINT_MS);
      const lines = event.kind === "started" ? [] : eventLines(event);
      if (lines.length === 0) return;
      clear();
      write(lines.map((line) => `${line}\n`).join(""));
      if (timer !== undefined) paint();
    },
    close() {
      clearInterval(timer);
      clear();
    },
  };
}
