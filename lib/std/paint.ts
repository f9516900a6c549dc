/** Colours for what needs an eye in a terminal: stale, failed, beside the point. @module */

/** What a text is about. */
export type Mood = "good" | "stale" | "bad" | "dim";

/** Gives a text the look of its mood; its letters stay as they are. */
export type Paint = (text: string, mood: Mood) => string;

/** Codes of ECMA-48: on and off. */
const CODES: Readonly<Record<Mood, readonly [on: number, off: number]>> = {
  good: [32, 39],
  stale: [33, 39],
  bad: [31, 39],
  dim: [2, 22],
};

/** No colours: for pipes, files and `NO_COLOR`. */
export const plain: Paint = (text) => text;

/** Colours by escape codes. */
export const coloured: Paint = (text, mood) => {
  const [on, off] = CODES[mood];
  return text === "" ? "" : `\x1b[${on}m${text}\x1b[${off}m`;
};

/**
 * Colours where standard output is a terminal that shows them, and nobody asked for none
 * (`NO_COLOR`, `TERM=dumb`).
 */
export function paintForOutput(
  terminal = Deno.stdout.isTerminal(),
  noColor = Deno.noColor || Deno.env.get("TERM") === "dumb",
): Paint {
  return terminal && !noColor ? coloured : plain;
}
