import { join } from "node:path";
import { hostname } from "node:os";
import { lockFlags } from "../../lib/std/locked.ts";
import { type Assessment, type Assessor, isFresh } from "../freshness/assess.ts";
import { keepCodeRecord } from "../code/code_record.ts";
import { explainDenial } from "./denial.ts";
import { watchEdits } from "./edits.ts";
import type { RunEvent } from "./events.ts";
import { removeIfPresent } from "../store/files.ts";
import { finishedCell } from "../store/finished.ts";
import { acquire, type LeaseOptions } from "../store/lease.ts";
import type { Owner } from "../store/owner.ts";
import { permissionFlags, stageEnvironment } from "./permissions.ts";
import { outputsOf } from "../cells/outputs.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { runStageProcess, type StageOutcome } from "./stage_process.ts";
import type { Manifest } from "../store/manifest.ts";
import type { Json } from "../store/canonical.ts";
import type { EngineChoice } from "./engine_choice.ts";

/** What a cell is run with. */
export interface Preparation {
  readonly engine: EngineChoice;
  /** Recorded with the cell: versions, host, commit. */
  readonly provenance: { readonly [name: string]: Json };
}

/** How cells are run. */
export interface CellOptions extends Assessor {
  /** Working directory of stage processes: the repository. */
  readonly root: string;
  /**
   * Called once the cell is held: makes sure of its inputs and fetches what it needs; `undefined` if
   * an input has to be computed anew before.
   */
  readonly prepare: () => Promise<Preparation | undefined>;
  readonly onEvent: (event: RunEvent) => void;
  readonly signal: AbortSignal;
  readonly lease?: LeaseOptions;
  /** Tells the process to do the beginning of its work alone, in the words of its stage. */
  readonly trial?: { readonly [key: string]: Json };
  /** Further flags of stage processes. */
  readonly flags?: readonly string[];
}

/** How it went with one cell. */
export type CellOutcome =
  | { readonly kind: "finished"; readonly manifest: Manifest }
  /** Another pipeline finished it in the meantime. */
  | { readonly kind: "cached" }
  /** Its code or data were edited before the process had read them: it belongs to another key. */
  | { readonly kind: "edited" }
  /** An input has to be computed anew before. */
  | { readonly kind: "postponed" }
  | { readonly kind: "busy"; readonly owner: Owner }
  | Exclude<StageOutcome, { kind: "result" }>;

/**
 * Runs a stale cell whose inputs are fresh, and publishes what it leaves. Where another owner holds
 * the cell, nothing else is looked at.
 *
 * @param inputs Assessments of all input cells
 */
export async function runCell(
  assessment: Assessment,
  inputs: readonly Assessment[],
  options: CellOptions,
): Promise<CellOutcome> {
  while (true) {
    const outcome = await attemptAt(assessment, inputs, options);
    // Another owner has it now, and may have finished it.
    if (outcome !== LOST) return outcome;
  }
}

/** This process stood still for so long that another took the cell over. */
const LOST = Symbol("lost");

async function attemptAt(
  assessment: Assessment,
  inputs: readonly Assessment[],
  options: CellOptions,
): Promise<CellOutcome | typeof LOST> {
  const { store, onEvent } = options;
  const { cell, ingredients, key } = assessment;
  if (ingredients === undefined || key === undefined) {
    throw new TypeError(`Cannot run "${cell.id}": an input is stale`);
  }
  const reads = inputs.flatMap(({ manifest }) =>
    Object.values(manifest?.outputs ?? {}).map(({ digest }) => digest)
  );
  const attempt = await acquire(store.lease(key), options.lease, reads);
  if (attempt.kind === "busy") return attempt;
  const { lease } = attempt;
  try {
    if (finishedCell(store, key, outputsOf(cell)) !== undefined) return { kind: "cached" };
    const prepared = await options.prepare().catch((error) => {
      // What fetches something ends when it is interrupted.
      if (!options.signal.aborted) throw error;
    });
    if (options.signal.aborted) return { kind: "interrupted" };
    if (prepared === undefined) return { kind: "postponed" };
    const { provenance, engine } = prepared;

    onEvent({ kind: "started", cell: cell.id, reasons: assessment.reasons });
    const work = store.work(key), state = join(work, "state");
    Deno.mkdirSync(state, { recursive: true });
    const output = freshOutput(work);
    const files = inputFiles(assessment, inputs, options);
    const job = {
      cell: cell.id,
      stage: cell.stage.name,
      parameters: cell.parameters,
      seed: ingredients.seed,
      rules: rulesOf(cell),
      inputs: files,
      work: state,
      output,
      engine: cell.stage.engine ? engine : { kind: "none" },
      trial: options.trial,
    };
    const jobFile = join(work, "job.json");
    Deno.writeTextFileSync(jobFile, JSON.stringify(job, null, 2));
    const flags = permissionFlags(cell, {
      code: await options.code.files(cell),
      inputs: [jobFile, ...Object.values(files).flatMap((byName) => Object.values(byName))],
      folders: [output, state],
      engine,
    });
    const beneath = await options.code.beneath(cell);
    const edits = watchEdits(assessment, options);
    // The clock may be set while the cell runs; how long it took must not depend on that.
    const started = new Date(), begin = performance.now();
    const outcome = await runStageProcess({
      args: [
        "run",
        "--no-prompt",
        "--cached-only",
        "--quiet",
        ...lockFlags(options.root),
        ...options.flags ?? [],
        ...flags,
        cell.stage.entry.href,
        jobFile,
      ],
      root: options.root,
      environment: stageEnvironment(cell, Deno.env.toObject(), engine),
      signal: AbortSignal.any([options.signal, lease.lost, edits.signal]),
      onStart: lease.workedBy,
      onMessage: (message) => {
        edits.onMessage(message.kind === "loaded");
        if (message.kind !== "loaded") onEvent({ ...message, cell: cell.id });
      },
    });
    await edits.onEnd();
    if (edits.signal.aborted && !options.signal.aborted) {
      removeIfPresent(work);
      return { kind: "edited" };
    }
    if (outcome.kind === "interrupted" && lease.lost.aborted && !options.signal.aborted) {
      return LOST;
    }
    if (outcome.kind === "failure") return explainDenial(outcome, cell, options.root);
    if (outcome.kind !== "result") return outcome;
    const problem = checkOutputs(output, outputsOf(cell));
    if (problem !== undefined) return { kind: "failure", text: problem, tail: [] };
    const finished = new Date(), seconds = (performance.now() - begin) / 1000;
    await keepCodeRecord(
      store.code(ingredients.code),
      ingredients.code,
      () => options.code.record(cell),
    );
    const manifest = await store.publish(
      {
        ...ingredients,
        key,
        cell: cell.id,
        metrics: outcome.metrics,
        provenance: {
          ...provenance,
          host: provenance.host ?? hostname(),
          ...outcome.provenance,
          ...beneath === undefined ? {} : { beneath },
          started: started.toISOString(),
          finished: finished.toISOString(),
          seconds: Math.round(1000 * seconds) / 1000,
        },
      },
      output,
      outputsOf(cell),
    );
    removeIfPresent(work);
    return { kind: "finished", manifest };
  } finally {
    await lease.release();
  }
}

/** An output folder of this attempt alone: what an earlier one may still write goes nowhere. */
function freshOutput(work: string): string {
  for (const { name } of Deno.readDirSync(work)) {
    if (name.startsWith("output")) removeIfPresent(join(work, name));
  }
  return Deno.makeTempDirSync({ dir: work, prefix: "output-" });
}

/** Modules of a cell's rules by kind and name, as its process is told of them. */
export function rulesOf({ rules = [] }: CellDeclaration): Record<string, Record<string, string>> {
  const byKind: Record<string, Record<string, string>> = {};
  for (const { kind, name, module } of rules) (byKind[kind] ??= {})[name] = module.href;
  return byKind;
}

/** Paths by input and file name. */
function inputFiles(
  { cell }: Assessment,
  inputs: readonly Assessment[],
  { store }: CellOptions,
): Record<string, Record<string, string>> {
  const files: Record<string, Record<string, string>> = {};
  for (const input of inputs) {
    if (!isFresh(input)) throw new TypeError(`Cannot read "${input.cell.id}": it is stale`);
    files[input.cell.id] = Object.fromEntries(
      Object.entries(input.manifest.outputs).map(([name, file]) => [
        name,
        store.object(file.digest),
      ]),
    );
  }
  for (const [name, external] of Object.entries(cell.files ?? {})) files[name] = { ...external };
  return files;
}

/** What is wrong with the files that a stage left, if anything. */
function checkOutputs(folder: string, expected: readonly string[]): string | undefined {
  const found = [...Deno.readDirSync(folder)];
  const missing = expected.filter((name) =>
    !found.some((entry) => entry.name === name && entry.isFile)
  );
  const extra = found.map(({ name }) => name).filter((name) => !expected.includes(name));
  if (missing.length === 0 && extra.length === 0) return undefined;
  const parts = [
    ...missing.length > 0 ? [`it did not write ${missing.join(", ")}`] : [],
    ...extra.length > 0 ? [`it wrote ${extra.sort().join(", ")}, which it does not declare`] : [],
  ];
  return `Cannot publish the outputs: ${parts.join(" and ")}`;
}
