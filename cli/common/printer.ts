/** Shows a run as it happens: repainted lines, plain lines, or JSON lines. @module */
import type { RunEvent } from "../../pipeline/run/events.ts";
import {
  eventLines,
  overview,
  progressLine,
  terminalLines,
} from "../../pipeline/run/progress/render.ts";
import { advance, NOTHING_YET, type ProgressState } from "../../pipeline/run/progress/state.ts";
import { writeOutput } from "./output.ts";

/** Shows events. */
export interface Printer {
  /** Never throws: it is called where nobody could catch that, too. */
  readonly onEvent: (event: RunEvent) => void;
  /** Aborted, with the error, when events can no longer be shown: who runs something then stops. */
  readonly failed: AbortSignal;
  /** Removes what is repainted, before anything else is printed. */
  readonly close: () => void;
}

/** Time between repaints, milliseconds. */
const REPAINT_MS = 250;

/** Where lines stay, a cell's progress is told this often, milliseconds. */
const PLAIN_MS = 10_000;

/** Where lines stay, the first sign of life comes so soon, milliseconds. */
const FIRST_MS = 1_000;

type Write = (text: string) => void;
type Shown = Omit<Printer, "failed">;

/** Chooses by the output and the options. */
export function openPrinter(json: boolean): Printer {
  const failure = new AbortController();
  const write = (text: string) => {
    if (failure.signal.aborted) return;
    try {
      if (text !== "") writeOutput(text);
    } catch (error) {
      failure.abort(error);
    }
  };
  const shown = json
    ? jsonPrinter(write)
    : Deno.stdout.isTerminal()
    ? terminalPrinter(write)
    : plainPrinter(write);
  return { ...shown, failed: failure.signal };
}

/** A line of what `--json` prints: all have `kind`, which says what else they have, and `time`. */
export type JsonLine = { readonly kind: string; readonly time?: never } & {
  readonly [name: string]: unknown;
};

/** One line of JSON as every command prints it. */
export function jsonLine({ kind, ...rest }: JsonLine): string {
  return JSON.stringify({ kind, time: new Date().toISOString(), ...rest }) + "\n";
}

/**
 * Prints lines of JSON.
 *
 * @throws {Error} If they cannot be written
 */
export function printJson(...lines: readonly JsonLine[]): void {
  writeOutput(lines.map(jsonLine).join(""));
}

function jsonPrinter(write: Write): Shown {
  return withSigns(
    (event) => write(jsonLine({ ...event })),
    (text) => write(jsonLine({ kind: "note", text })),
  );
}

function plainPrinter(write: Write): Shown {
  const told = new Map<string, number>();
  return withSigns((event, state) => {
    const now = performance.now();
    if (event.kind === "progress") {
      if (now - (told.get(event.cell) ?? -Infinity) < PLAIN_MS) return;
      told.set(event.cell, now);
      write(progressLine(event) + "\n");
    }
    const lines = eventLines(event);
    if (event.kind === "finished") lines.push(overview(state, now));
    write(lines.map((line) => `${line}\n`).join(""));
  }, (text) => write(text + "\n"));
}

/**
 * Adds signs of life: a cell may say nothing for long, and only writing shows whether anybody still
 * reads. The first one comes early, for who has read enough at once.
 */
function withSigns(
  show: (event: RunEvent, state: ProgressState) => void,
  sign: (text: string) => void,
): Shown {
  let state = NOTHING_YET, timer: ReturnType<typeof setTimeout> | undefined;
  const live = () => {
    sign(overview(state, performance.now()));
    timer = setTimeout(live, PLAIN_MS);
  };
  return {
    onEvent(event) {
      state = advance(state, event, performance.now());
      if (event.kind === "started") timer ??= setTimeout(live, FIRST_MS);
      show(event, state);
    },
    close: () => clearTimeout(timer),
  };
}

function terminalPrinter(write: Write): Shown {
  let state = NOTHING_YET, painted = 0, timer: ReturnType<typeof setInterval> | undefined;
  const clear = () => {
    if (painted > 0) write(`\x1b[${painted}A\x1b[J`);
    painted = 0;
  };
  const paint = () => {
    // A terminal may not know its own width.
    const { columns, rows } = Deno.consoleSize();
    const lines = terminalLines(state, performance.now(), columns || 80, rows || 24);
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
