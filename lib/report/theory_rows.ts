/** What the theory cells of a profile say together: rows, each with its seeds. @module */
import { type CellRow, cellRows, type CellSeed } from "./measured/cell_rows.ts";
import type { Summary, TheoryRecord } from "../theory/record.ts";
import { messageOf } from "../std/message_of.ts";
import { epsilonText } from "./names.ts";

/** A model that was measured; its cell's `theory.json` has every image. */
export type TheorySeed = CellSeed<Omit<TheoryRecord, "per_image">>;

/** A row of the table, with all its seeds. */
export type TheoryRow = CellRow<TheorySeed["record"]>;

/**
 * Reads a cell's `theory.json`, without what it has of single images.
 *
 * @throws {SyntaxError} If it is not as the stage `theory` writes it
 */
export function readTheory(file: string, text: string): TheorySeed["record"] {
  let content: TheoryRecord;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}: not valid JSON (${messageOf(error)})`, {
      cause: error,
    });
  }
  const { epsilons, epsilon, summary } = content ?? {};
  const expect = (key: string, expected: string, holds: boolean) => {
    if (!holds) throw new SyntaxError(`Cannot read ${file}: expected ${key} to be ${expected}`);
  };
  expect("epsilons", "a list that has epsilon", epsilons?.includes?.(epsilon) === true);
  for (const key of ["omega", "margin_omega", "omega_by_image"] as const) {
    expect(`summary.${key}`, "one for each radius", summary?.[key]?.length === epsilons.length);
  }
  const { per_image: _, ...rest } = content;
  return rest;
}

/**
 * Puts theory cells together by row, in the order of their first appearance.
 *
 * @throws {RangeError} If a cell's id is not understood
 */
export const theoryRows = (
  cells: readonly (readonly [cell: string, record: TheorySeed["record"]])[],
): TheoryRow[] => cellRows("theory", cells);

/** Mean over a row's seeds of what `of` reads at the radius at which the row is judged. */
export function seedMean(
  { seeds }: TheoryRow,
  of: (summary: Summary, at: number) => number | null | undefined,
): number | null {
  const values = seeds.flatMap(({ record: { summary, epsilons, epsilon } }) =>
    of(summary, epsilons.indexOf(epsilon)) ?? []
  );
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The largest second derivative of a row's activation; `Infinity` where there is a kink. */
export const bendOf = ({ seeds: [{ record }] }: TheoryRow): number =>
  record.activation.largest_second_derivative ?? Infinity;

/** How many bounds are larger than a perturbation found, given the error of that perturbation. */
export const brokenBounds = (rows: readonly TheoryRow[]): number =>
  rows.flatMap(({ seeds }) => seeds).reduce(
    (sum, { record: { summary: { bound } } }) =>
      sum + bound.cross_entropy.by_image.violated_given_its_own_error +
      bound.margin.by_image.violated_given_its_own_error,
    0,
  );

/** Radii at which the cells were measured, each once, as "8/255". */
export const measuredRadii = (rows: readonly TheoryRow[]): string[] => [
  ...new Set(rows.flatMap(({ seeds }) => seeds.map(({ record }) => epsilonText(record.epsilon)))),
];

/** Most seeds that a row has. */
export const seedCount = (rows: readonly TheoryRow[]): number =>
  Math.max(...rows.map(({ seeds }) => seeds.length));
