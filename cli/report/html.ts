/**
 * HTML from template literals: what is put in is text and is escaped, unless it is HTML itself.
 *
 * @module
 */
import { escapeMarkup } from "../../lib/report/mod.ts";

/** Text that is HTML already. */
export interface Html {
  readonly html: string;
}

/** What a template takes; nothing is written for `undefined`, `null` and `false`. */
export type Part = Html | string | number | undefined | null | false | readonly Part[];

const written = (part: Part): string => {
  if (part === undefined || part === null || part === false) return "";
  if (Array.isArray(part)) return part.map(written).join("");
  return typeof part === "object" ? (part as Html).html : escapeMarkup(String(part));
};

/** A piece of HTML. */
export const markup = (texts: TemplateStringsArray, ...parts: readonly Part[]): Html => ({
  html: texts.map((text, i) => i === 0 ? text : written(parts[i - 1]) + text).join(""),
});

/** Text that is HTML, as it is. */
export const raw = (text: string): Html => ({ html: text });

/** Parts with others between them. */
export const between = (parts: readonly Part[], separator: Part): Part[] =>
  parts.flatMap((part, i) => i === 0 ? [part] : [separator, part]);
