/**
 * The cells that measure models for more than the table: one for each training that a section of the
 * profile asks for, and one for each section that puts them together.
 *
 * @module
 */
import { attacksOf, RESTARTS, TARGETS } from "../../lib/curve/setting.ts";
import { curve } from "../../stages/curve/mod.ts";
import { examples } from "../../stages/examples/mod.ts";
import {
  curveReport,
  dialReport,
  surfaceReport,
  theoryReport,
  transferReport,
} from "../../stages/plot/mod.ts";
import { surface } from "../../stages/surface/mod.ts";
import { transfer } from "../../stages/transfer/mod.ts";
import { cellSeed } from "../cells/seed.ts";
import type { CellDeclaration, CellRule } from "../cells/stage.ts";
import type { Json } from "../store/canonical.ts";
import { attackFiles } from "./attack_schema.ts";
import { dialsOf } from "./dials.ts";
import type { Profile } from "./profile.ts";
import { type Measured, theoryCells } from "./theory_cells.ts";

/** A trained model with the place that it has in the table. */
export interface MeasuredRow extends Measured {
  /** 1 for the first. */
  readonly number: number;
  /** The cell of the table's last attack on it. */
  readonly attacked: string;
}

/** The cell that attacks one model at rising radii. */
function curveCells({ curve: section, attacks, seed }: Profile, row: Measured): CellDeclaration[] {
  if (section === undefined) return [];
  const { name, epsilon, network, inputs } = row;
  const { images, batch_size = attacks.batch_size, epsilons, iterations } = section;
  const { restarts = RESTARTS, targets = TARGETS } = section;
  const effort = { iterations, restarts, targets };
  return [{
    id: `curve:${name}`,
    stage: curve,
    parameters: { images, batch_size, epsilon, epsilons: [...epsilons], ...effort },
    rules: [...network, ...attackFiles(attacksOf(effort), epsilon)],
    inputs,
    seed: cellSeed(seed, `curve:${name}`),
  }];
}

/** Of the first seed: the cells that make examples, and those that try all of them on each model. */
function transferCells(
  { transfer: section, attacks }: Profile,
  rows: readonly MeasuredRow[],
): CellDeclaration[] {
  if (section === undefined) return [];
  const { images, batch_size = attacks.batch_size, steps, epsilon = attacks.epsilon } = section;
  const common = { images, batch_size, epsilon };
  const made = rows.map(({ name, network, inputs }): CellDeclaration => ({
    id: `examples:${name}`,
    stage: examples,
    parameters: { ...common, steps },
    rules: network,
    inputs,
  }));
  return [
    ...made,
    ...rows.map(({ name, network, inputs, attacked, epsilon: own }): CellDeclaration => {
      // the verdicts of an attack with another radius say nothing of these examples
      const same = own === epsilon;
      return {
        id: `transfer:${name}`,
        stage: transfer,
        parameters: { ...common, ...same ? { attack: attacked.split(":")[1] } : {} },
        rules: network,
        inputs: [...inputs, ...same ? [attacked] : [], ...made.map(({ id }) => id)],
      };
    }),
  ];
}

/** Of the first seed: the cell that computes the loss on planes through images. */
function surfaceCells({ surface: section, attacks, seed }: Profile, row: Measured) {
  if (section === undefined) return [];
  const { name, epsilon, network, inputs } = row;
  const { images, shown, points, radius = epsilon, batch_size = attacks.batch_size } = section;
  const cell: CellDeclaration = {
    id: `surface:${name}`,
    stage: surface,
    parameters: { images, shown, points, radius, batch_size },
    rules: network,
    inputs,
    seed: cellSeed(seed, `surface:${name}`),
  };
  return [cell];
}

/** What the cells that put others together are told, and what they name. */
export interface ReportSetting {
  readonly parameters: { readonly [key: string]: Json };
  readonly rules: readonly CellRule[];
  /** The cell of the images. */
  readonly data: string;
}

/** All such cells of a profile, each section's with the cell that reports them. */
export function measuredCells(
  profile: Profile,
  rows: readonly MeasuredRow[],
): {
  readonly measured: readonly CellDeclaration[];
  readonly reports: (setting: ReportSetting) => CellDeclaration[];
} {
  const first = rows.filter(({ number }) => number === 1);
  const sections = [
    { id: "theory", stage: theoryReport, cells: rows.flatMap((row) => theoryCells(profile, row)) },
    { id: "curve", stage: curveReport, cells: rows.flatMap((row) => curveCells(profile, row)) },
    { id: "transfer", stage: transferReport, cells: transferCells(profile, first) },
    {
      id: "surface",
      stage: surfaceReport,
      cells: first.flatMap((row) => surfaceCells(profile, row)),
    },
  ];
  return {
    measured: sections.flatMap(({ cells }) => cells),
    reports: ({ parameters, rules, data }) => {
      const found = sections.flatMap(({ id, stage, cells }): CellDeclaration[] => {
        const inputs = cells.map((cell) => cell.id).filter((name) => name.startsWith(`${id}:`));
        if (inputs.length === 0) return [];
        // a curve's attacks need not be columns of the table
        const named = cells.flatMap((cell) => id === "curve" ? cell.rules! : [])
          .filter(({ kind }) => kind === "attack");
        const own = new Map(
          [...rules, ...named].map((rule) => [`${rule.kind} ${rule.name}`, rule]),
        );
        return [{ id, stage, parameters, rules: [...own.values()], inputs: [data, ...inputs] }];
      });
      const dials = dialsOf(profile).map((dial): Json => ({ ...dial, values: { ...dial.values } }));
      if (dials.length === 0) return found;
      const dial = { id: "dial", stage: dialReport, rules, inputs: ["aggregate"] };
      return [...found, { ...dial, parameters: { ...parameters, dials } }];
    },
  };
}
