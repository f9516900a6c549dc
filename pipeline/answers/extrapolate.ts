/**
 * What cells will cost that no past run is like: extrapolated from runs of the same stage that did
 * more or less, by how much work each is.
 *
 * A larger network computes faster for its size, since a small one leaves most of a machine idle:
 * `each` enters with a power between 1/2 and 1. Training steps of widths 4, 16 and 64 on a CPU
 * (`deno task bench:load`, `bench:step`) lie within.
 *
 * @module
 */
import { type Assessment, isFresh } from "../freshness/assess.ts";
import type { Json } from "../store/canonical.ts";
import type { Manifest } from "../store/manifest.ts";
import { type Cost, type Machine, type PastRuns, runsOn } from "./cost.ts";

/** How much there is to do. Only ratios count, between cells of one stage. */
export interface Work {
  /** How often the same is done, for example images times epochs. */
  readonly units: number;
  /** Arithmetic of one unit. */
  readonly each: number;
  /** Factor by which the time may be off for reasons that no count shows, 1 if there are none. */
  readonly slack: number;
  /** Size of what is left, in a unit of one's own. */
  readonly left: number;
}

/** A cell, or a past run, and the cells it reads. */
export interface WorkDescription {
  readonly stage: string;
  readonly parameters: { readonly [key: string]: Json };
  readonly inputs: readonly {
    readonly stage: string;
    readonly parameters: { readonly [key: string]: Json };
    /** Where it has run. */
    readonly metrics?: Readonly<Record<string, number>>;
  }[];
}

/** Says how much work something is; `undefined` where it does not know. */
export type WorkOf = (what: WorkDescription) => Work | undefined;

/** Least power with which the arithmetic of a unit enters. */
const POWER = 1 / 2;

/**
 * Costs of stale cells that are not known.
 *
 * @param assessments With inputs first
 * @param known Costs by runs that are alike
 */
export function extrapolateCosts(
  assessments: readonly Assessment[],
  known: ReadonlyMap<string, Cost>,
  { history: { runs }, machine, workOf }: {
    readonly history: PastRuns;
    readonly machine: Machine;
    readonly workOf: WorkOf;
  },
): Map<string, Cost> {
  const costs = new Map<string, Cost>(), byId = new Map<string, Assessment>();
  const past = new Map<string, { run: Manifest; work: Work }[]>();
  const pastOf = (stage: string) => {
    if (!past.has(stage)) past.set(stage, worksOf(stage, runs, machine, workOf));
    return past.get(stage)!;
  };
  for (const assessment of assessments) {
    const { cell } = assessment;
    byId.set(cell.id, assessment);
    if (isFresh(assessment) || known.has(cell.id)) continue;
    const work = workOf({
      stage: cell.stage.name,
      parameters: cell.parameters,
      inputs: cell.inputs.map((id) => {
        const { cell: { stage, parameters }, manifest } = byId.get(id)!;
        return { stage: stage.name, parameters, metrics: manifest?.metrics };
      }),
    });
    if (work === undefined) continue;
    const alike = pastOf(cell.stage.name).filter(({ run }) =>
      !cell.stage.engine || run.provenance.engine === machine.engine
    );
    if (alike.length === 0) continue;
    // the nearest in how large a unit is says most of how fast it is computed
    const [best] = alike.sort((a, b) => distance(a.work, work) - distance(b.work, work));
    costs.set(cell.id, scaled(best.run, best.work, work));
  }
  return costs;
}

function distance(a: Work, b: Work): number {
  return Math.abs(Math.log(a.each / b.each)) + 0.1 * Math.abs(Math.log(a.units / b.units));
}

function scaled(run: Manifest, before: Work, now: Work): Cost {
  const each = now.each / before.each, slack = now.slack * before.slack;
  const seconds = run.provenance.seconds * now.units / before.units;
  const [low, high] = [each ** POWER, each].sort((a, b) => a - b);
  const range = { low: seconds * low / slack, high: seconds * high * slack };
  const bytes = Object.values(run.outputs).reduce((sum, { size }) => sum + size, 0);
  return {
    seconds: Math.sqrt(range.low * range.high),
    range,
    bytes: bytes * now.left / before.left,
    own: false,
    basis: run.cell,
  };
}

/** Past runs of a stage whose work is known. */
function worksOf(stage: string, runs: readonly Manifest[], machine: Machine, workOf: WorkOf) {
  return runsOn(runs, machine).filter((run) => run.stage === stage)
    .flatMap((run) => {
      const inputs = Object.entries(run.inputs).flatMap(([cell, files]) => {
        const found = runs.find((other) =>
          other.cell === cell &&
          Object.entries(files).every(([name, digest]) => other.outputs[name]?.digest === digest)
        );
        return found === undefined ? [] : [found];
      });
      const work = workOf({ stage, parameters: run.parameters, inputs });
      return work === undefined ? [] : [{ run, work }];
    });
}
