/**
 * What a cell will probably cost, by past runs on this machine.
 *
 * A run counts if its stage, host and engine are the same, no number among its parameters differs by
 * more than a factor of two, at most half of the other parameters differ, and the size of its inputs
 * does not differ by more than a factor of two. Of these the ones with the fewest different
 * parameters are taken. Where none is left the cost is unknown.
 *
 * @module
 */
import { basename, join } from "node:path";
import { type Assessment, isFresh } from "../freshness/assess.ts";
import { canonicalJson, type Json } from "../store/canonical.ts";
import { type Digest, isDigest } from "../store/digest.ts";
import { statIfPresent } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import type { Change } from "../freshness/change_text.ts";
import { differences } from "../freshness/staleness.ts";
import type { Store } from "../store/store.ts";
import type { Manifest, StoredFile } from "../store/manifest.ts";

/** Seconds, or shares of something. */
export interface Range {
  readonly low: number;
  readonly high: number;
}

/** A predicted cost. */
export interface Cost {
  /** Wall-clock seconds of its process. */
  readonly seconds: number;
  /** Of an extrapolated cost: what it is at least and at most; `seconds` is in between. */
  readonly range?: Range;
  /** Size of all its outputs. */
  readonly bytes: number;
  /** Whether the cell itself ran just so before. */
  readonly own: boolean;
  /** For people: by which runs, for example `its last run`. */
  readonly basis: string;
}

/** Past runs, the latest first. */
export interface PastRuns {
  readonly runs: readonly Manifest[];
  /** Sizes of all outputs of these runs. */
  readonly sizes: ReadonlyMap<Digest, number>;
}

/** Where runs are to have been for their costs to count. */
export interface Machine {
  readonly host: string;
  /** Engine that cells will be computed with. */
  readonly engine: string;
  /** Kind of the executor that will run them: then its past runs count, on any host. */
  readonly executor?: string;
}

/** The latest manifests, so many of which are read. */
const LATEST = 1000;

/** Parameters are compared about so many times, lest thousands of cells take long. */
const LOOKS = 50_000;

/** Equally near runs, of so many of which the median is taken. */
const ENOUGH = 3;

/** Two numbers of like size lead to costs of like size. */
const FACTOR = 2;

/** Reads the latest manifests of a store; damaged ones are left out. */
export function readHistory(store: Store): PastRuns {
  const manifests = join(store.folder, "manifests");
  if (statIfPresent(manifests) === undefined) return { runs: [], sizes: new Map() };
  const age = (key: string) => statIfPresent(join(manifests, `${key}.json`))?.mtime?.getTime() ?? 0;
  const keys = [...Deno.readDirSync(manifests)]
    .map(({ name }) => basename(name, ".json")).filter(isDigest)
    .map((key) => ({ key, age: age(key) })).sort((a, b) => b.age - a.age)
    .slice(0, LATEST);
  const runs = keys.flatMap(({ key }) => store.manifest(key as Key) ?? [])
    .sort((a, b) => b.provenance.finished < a.provenance.finished ? -1 : 1);
  const outputs = runs.flatMap((run) => Object.values(run.outputs));
  return { runs, sizes: new Map(outputs.map(({ digest, size }) => [digest, size])) };
}

/** Runs whose costs count: where an executor has run a stage, its own; of other stages those here. */
export function runsOn(runs: readonly Manifest[], { host, executor }: Machine): Manifest[] {
  const isThere = ({ provenance }: Manifest) =>
    executor !== undefined && provenance.executor === executor;
  const stages = new Set(runs.filter(isThere).map(({ stage }) => stage));
  return runs.filter((run) => stages.has(run.stage) ? isThere(run) : run.provenance.host === host);
}

/**
 * Predicts the costs of stale cells; a cell that nothing is known of is left out.
 *
 * @param assessments With inputs first
 */
export function predictCosts(
  assessments: readonly Assessment[],
  { runs, sizes }: PastRuns,
  machine: Machine,
): Map<string, Cost> {
  const costs = new Map<string, Cost>(), outputBytes = new Map<string, number>();
  const groups = groupRuns(runsOn(runs, machine));
  const stale = assessments.filter((assessment) => !isFresh(assessment)).length;
  const looks = Math.ceil(LOOKS / Math.max(1, stale)), consumed = new Map<Manifest, number>();
  const bytesRead = (run: Manifest) => {
    if (!consumed.has(run)) consumed.set(run, inputBytes(run, sizes) ?? NaN);
    return consumed.get(run);
  };
  for (const assessment of assessments) {
    const { cell } = assessment;
    if (isFresh(assessment)) {
      outputBytes.set(cell.id, bytesOf(assessment.manifest.outputs));
      continue;
    }
    const wantedBytes = sum(cell.inputs.map((id) => outputBytes.get(id)));
    const alike = (run: Manifest) =>
      (!cell.stage.engine || run.provenance.engine === machine.engine) &&
      (cell.inputs.length === 0 || near(wantedBytes, bytesRead(run)));
    const { all = [], byCell } = groups.get(cell.stage.name) ?? {};
    let best: { runs: readonly Manifest[]; changes: readonly Change[] } | undefined;
    for (const group of new Set([...byCell?.get(cell.id) ?? [], ...all.slice(0, looks)])) {
      const changes = differences(cell.parameters, group[0].parameters);
      if (best !== undefined && best.changes.length <= changes.length) continue;
      if (!comparable(changes, cell.parameters)) continue;
      const runs = group.filter(alike), own = runs.filter((run) => run.cell === cell.id);
      if (runs.length > 0) best = { runs: own.length > 0 ? own : runs, changes };
    }
    if (best === undefined) continue;
    const taken = best.runs.slice(0, ENOUGH);
    const cost = {
      seconds: median(taken.map(({ provenance }) => provenance.seconds)),
      bytes: median(taken.map(({ outputs }) => bytesOf(outputs))),
      own: taken[0].cell === cell.id && best.changes.length === 0,
      basis: basisText(cell.id, taken, best.changes),
    };
    costs.set(cell.id, cost);
    outputBytes.set(cell.id, cost.bytes);
  }
  return costs;
}

/** Runs of the same stage with the same parameters, the latest first. */
type Group = Manifest[];

/** Groups by stage: all of them, and those in which a cell is. */
function groupRuns(runs: readonly Manifest[]) {
  const stages = new Map<string, { all: Group[]; byCell: Map<string, Set<Group>> }>();
  const known = new Map<string, Group>();
  for (const run of runs) {
    if (!stages.has(run.stage)) stages.set(run.stage, { all: [], byCell: new Map() });
    const { all, byCell } = stages.get(run.stage)!;
    const name = canonicalJson([run.stage, run.parameters]);
    let group = known.get(name);
    if (group === undefined) {
      known.set(name, group = []);
      all.push(group);
    }
    group.push(run);
    if (!byCell.has(run.cell)) byCell.set(run.cell, new Set());
    byCell.get(run.cell)!.add(group);
  }
  return stages;
}

/** Whether one run's cost says anything of another's. */
function comparable(changes: readonly Change[], parameters: { readonly [key: string]: Json }) {
  const numbers = changes.filter(({ before, now }) =>
    typeof before === "number" && typeof now === "number"
  );
  return numbers.every(({ before, now }) => near(before as number, now as number)) &&
    2 * (changes.length - numbers.length) <= leafCount({ ...parameters });
}

/** Whether two numbers are of like size; what is unknown is like nothing. */
function near(a: number | undefined, b: number | undefined): boolean {
  if (a === undefined || b === undefined || a * b < 0) return false;
  const [small, large] = [Math.abs(a), Math.abs(b)].sort((a, b) => a - b);
  return large <= FACTOR * small;
}

/** Bytes of a run's input cells; files from outside the store do not count. */
function inputBytes(run: Manifest, sizes: PastRuns["sizes"]): number | undefined {
  const cells = Object.entries(run.inputs).filter(([name]) => !name.startsWith("external:"));
  return sum(cells.flatMap(([, files]) => Object.values(files).map((digest) => sizes.get(digest))));
}

function basisText(
  id: string,
  taken: readonly Manifest[],
  changes: readonly Change[],
): string {
  const [{ cell }] = taken;
  const runs = cell !== id
    ? taken.length === 1 ? cell : `${taken.length} runs such as ${cell}`
    : taken.length === 1
    ? "its last run"
    : `its last ${taken.length} runs`;
  if (changes.length === 0) return runs;
  const told = changes.slice(0, 2).map(({ name, before }) => `${name} ${JSON.stringify(before)}`);
  const more = changes.length > 2 ? [`${changes.length - 2} more that differ`] : [];
  return `${runs} with ${[...told, ...more].join(", ")}`;
}

function bytesOf(outputs: Readonly<Record<string, StoredFile>>): number {
  return Object.values(outputs).reduce((sum, { size }) => sum + size, 0);
}

function sum(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce<number | undefined>(
    (sum, value) => sum === undefined || value === undefined ? undefined : sum + value,
    0,
  );
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b), middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function leafCount(value: Json): number {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.values(value).reduce<number>((count, part) => count + leafCount(part), 0)
    : 1;
}
