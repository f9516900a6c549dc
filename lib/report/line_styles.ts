/**
 * How lines of activations look in figures. Colours are those of Okabe and Ito 2008, which people with
 * any colour vision tell apart; dashes tell activations with a kink from those without in print, too.
 *
 * @module
 */
import { hasKink } from "../models/activation.ts";
import type { ReportRules } from "./names.ts";

/** How one line is drawn. */
export interface LineStyle {
  readonly color: string;
  /** SVG `stroke-dasharray`; absent for a solid line. */
  readonly dash?: string;
}

/** Colours in the order in which activations take them: warm ones for kinks. */
const COLORS = {
  kink: ["#d55e00", "#e69f00", "#999933"],
  none: ["#0072b2", "#009e73", "#cc79a7", "#56b4e9"],
} as const;

/**
 * Lines of activations by name, in the order in which rows have them; grey where colours have run
 * out.
 */
export function activationStyles(
  names: Iterable<string>,
  { activation }: Pick<ReportRules, "activation">,
): Readonly<Record<string, LineStyle>> {
  const taken = { kink: 0, none: 0 };
  return Object.fromEntries(
    [...new Set(names)].map((name) => {
      const rule = activation[name], bent = rule && hasKink(rule) ? "kink" : "none";
      const color = COLORS[bent][taken[bent]++], dash = bent === "kink" ? { dash: "6 3" } : {};
      return [name, { color: color ?? "#666666", ...dash }];
    }),
  );
}
