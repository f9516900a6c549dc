/** Axes that are linear near 0 and logarithmic outside, which pgfplots has none of. @module */
import { fittingScale, type Scale } from "../report/scale.ts";
import { numberTex } from "./pgf.ts";

/** An axis for values of which some may be far larger than others. */
export interface FittingAxis {
  /** Options of the axis. */
  readonly options: readonly string[];
  /** What is written for a value: itself, or its place on the axis. */
  readonly written: (value: number) => number;
  /** What that is, for a comment. */
  readonly note?: string;
}

/**
 * The axis that shows most of the values. On a bent one places are written instead of values, from 0 at
 * its lower end to 1, and ticks say what they stand for.
 *
 * @param values At least one
 */
export function fittingAxis(values: readonly number[]): FittingAxis {
  const scale: Scale = fittingScale(values);
  if (scale.kind === "linear") return { options: [], written: (value) => value };
  if (scale.kind === "logarithmic") return { options: ["ymode=log,"], written: (value) => value };
  const { ticks, place } = scale;
  return {
    options: [
      "ymin=0, ymax=1,",
      `ytick={${ticks.map((tick) => numberTex(place(tick))).join(",")}},`,
      `yticklabels={${ticks.map((tick) => `$${tick}$`).join(",")}},`,
    ],
    written: place,
    note: "symmetric logarithmic axis: y is a place from 0 to 1, the ticks say of which value",
  };
}
