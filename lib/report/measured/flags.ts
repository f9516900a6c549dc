/** Findings of what models are measured for besides the table. @module */
import { flagLink } from "../../attacks/flags.ts";
import type { TableFinding } from "../table.ts";

/** Kinds, each with a paragraph in `docs/flags.md`. */
export const measuredFlags = [
  "large-radius",
  "transfer-beats-own",
  "transfer-beats-attack",
] as const;

/** A finding whose text ends with the link. */
export const measuredFinding = (
  kind: typeof measuredFlags[number],
  row: { readonly method: string; readonly activation: string },
  text: string,
): TableFinding => ({
  kind,
  row: `${row.method}/${row.activation}`,
  text: `${text} (${flagLink(kind)})`,
});
