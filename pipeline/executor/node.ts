/** How one cell of a task is run on a node. @module */
import { bundledCode, ISOLATION } from "../bundle/bundled_code.ts";
import { outputsOf } from "../cells/outputs.ts";
import { assess, type Assessment, isFresh } from "../freshness/assess.ts";
import { BUSY_MS } from "../run/advance.ts";
import type { EngineChoice } from "../run/engine_choice.ts";
import type { RunEvent } from "../run/events.ts";
import { machineProvenance } from "../run/machine.ts";
import { type CellOutcome, runCell } from "../run/run_cell.ts";
import type { Json } from "../store/canonical.ts";
import { type Digest, digestOfFile } from "../store/digest.ts";
import { tellsOfNoRoom } from "../store/error.ts";
import { finishedCell } from "../store/finished.ts";
import type { Key } from "../store/key.ts";
import type { LeaseOptions } from "../store/lease.ts";
import type { Manifest } from "../store/manifest.ts";
import { cellOf } from "./declared.ts";
import type { FrozenIndex } from "./frozen.ts";
import type { ReportOptions } from "./reports.ts";
import type { Attempt, Work } from "./work.ts";

/** What a node is to know of its task. */
export interface WorkerOptions extends ReportOptions {
  /** Folder of the frozen code. */
  readonly folder: string;
  readonly index: FrozenIndex;
  /** Number of the task, from 0 on. */
  readonly task: number;
  /** Kind of the executor. */
  readonly executor: string;
  /** Called before the first cell that needs an engine. */
  readonly prepareEngine: () => Promise<EngineChoice>;
  /** Aborted when the task is to stop. */
  readonly signal: AbortSignal;
  readonly lease?: LeaseOptions;
}

/** How the cells of a task ended, in their order. */
export type Outcome = Attempt["outcome"];

const INTERRUPTED: Outcome = { kind: "interrupted" };

const failure = (text: string): Outcome => ({ kind: "failure", text, tail: [] });

/** Makes ready what the cells of a task share; what comes back runs one of them. */
export function openNode(options: WorkerOptions) {
  const { store, remote, index, folder, tasks, signal } = options;
  const files = Object.entries(index.files) as [string, Digest][];
  // A node has no cache of digests: what it uses it hashes.
  const stats = { digest: digestOfFile, save: () => {} };
  const code = bundledCode(
    { ...index, folder, what: "the frozen code", digests: new Map(files) },
    stats,
  );
  const provenance: { [name: string]: Json } = {
    ...machineProvenance(),
    ...tasks.commit === undefined ? {} : { commit: tasks.commit },
    frozen: tasks.frozen,
    executor: options.executor,
    attempt: options.attempt,
    host: options.node,
  };
  let engine: Promise<EngineChoice> | undefined;

  /** A finished cell with all its files, here or from the remote store. */
  async function finished(
    id: string,
    key: Key,
    outputs?: readonly string[],
  ): Promise<Manifest | undefined> {
    return finishedCell(store, key, outputs) ?? await remote?.take(id, key, outputs);
  }

  /** Cells that are read, or the one that cannot be. */
  async function inputsOf({ inputs }: Work): Promise<Map<string, Assessment> | string> {
    const found = new Map<string, Assessment>();
    for (const [id, key] of Object.entries(inputs)) {
      const manifest = await finished(id, key);
      if (manifest === undefined) return id;
      found.set(id, { cell: inputCell(id, manifest), reasons: [], key, manifest });
    }
    return found;
  }

  /** Hashes what a cell reads; the first cell whose files are not what they were was put aside. */
  async function damaged(inputs: ReadonlyMap<string, Assessment>): Promise<string | undefined> {
    for (const [id, { manifest }] of inputs) {
      for (const file of Object.values(manifest!.outputs)) {
        if (await store.verify(file) !== undefined) return id;
      }
    }
  }

  /** An input that is not here, or not sound, where it cannot be taken anew. */
  const missing = (input: string): Outcome =>
    remote === undefined ? { kind: "postponed", input } : failure(
      `Cannot read the input "${input}": neither this node nor the remote store has it, sound; ` +
        "run the same command again, which gives it",
    );

  return async (work: Work, onEvent: (event: RunEvent) => void): Promise<Outcome> => {
    const cell = cellOf(work, index, folder), { key } = work, { id } = cell;
    const known = await finished(id, key, outputsOf(cell));
    if (known !== undefined) {
      await remote?.give(known);
      return { kind: "cached" };
    }
    for (let taken = false;;) {
      const inputs = await inputsOf(work);
      if (typeof inputs === "string") return missing(inputs);
      const assessment = await assess(cell, inputs, { profile: tasks.profile, store, code, stats });
      if (assessment.key !== key) {
        return failure(
          `Cannot run "${id}": its key is ${assessment.key}, expected ${key}; the task was made ` +
            "from other code, parameters or inputs; run the same command again",
        );
      }
      if (isFresh(assessment)) {
        await remote?.give(assessment.manifest);
        return { kind: "cached" };
      }
      let unsound: string | undefined;
      const outcome = await held(id, () =>
        runCell(assessment, [...inputs.values()], {
          ...{ profile: tasks.profile, store, code, stats, signal, onEvent },
          ...{ root: folder, flags: ISOLATION, lease: options.lease },
          async prepare() {
            unsound = await damaged(inputs);
            if (unsound !== undefined) return undefined;
            if (!cell.stage.engine) return { provenance, engine: { kind: "none" } };
            return { provenance, engine: await (engine ??= options.prepareEngine()) };
          },
        }));
      switch (outcome.kind) {
        case "finished":
        case "cached":
          await remote?.give(store.manifest(key)!);
          return { kind: outcome.kind };
        case "interrupted":
          return INTERRUPTED;
        case "failure":
          // It is the node's, or the store's, and no other attempt's.
          if (tellsOfNoRoom(outcome.text)) throw new Error(outcome.text);
          return { kind: "failure", text: outcome.text, tail: outcome.tail };
        case "edited":
          throw new Error(`Cannot use the frozen code "${folder}": it was changed meanwhile`);
        case "postponed":
          if (remote === undefined || taken) return missing(unsound!);
          taken = true;
      }
    }
  };

  /** Tries again while somebody else holds the cell, who may be an orphan on a node that is cut off. */
  async function held(
    cell: string,
    run: () => Promise<CellOutcome>,
  ): Promise<Exclude<CellOutcome, { kind: "busy" }>> {
    for (let told = false;;) {
      const outcome = await run();
      if (outcome.kind !== "busy") return outcome;
      if (signal.aborted) return { kind: "interrupted" };
      const { host, pid } = outcome.owner;
      if (!told) options.onEvent({ kind: "busy", cell, host, pid });
      told = true;
      await new Promise((go) => setTimeout(go, BUSY_MS));
    }
  }
}

/** A cell that was run elsewhere; nothing is known, or asked, of it but its manifest. */
function inputCell(id: string, { outputs, parameters }: Manifest): Assessment["cell"] {
  return {
    ...{ id, parameters, inputs: [] },
    stage: {
      ...{ name: id, entry: new URL("file:///"), summary: "" },
      outputs: Object.keys(outputs),
    },
  };
}
