/**
 * Why a cell must run: one predicate for each cause. `plan`, `run` and `status` use this one list,
 * so that what is said can never differ from what is done.
 *
 * @module
 */
import { canonicalJson, type Json } from "../store/canonical.ts";
import type { Ingredients } from "../store/key.ts";
import type { Revision } from "../cells/stage.ts";
import type { Defect, Manifest } from "../store/manifest.ts";
import { namesText } from "../units.ts";
import { type Change, changeText } from "./change_text.ts";

/** A cause of staleness. */
export interface Reason {
  readonly kind:
    | "never ran"
    | "stage changed"
    | "code changed"
    | "revision changed"
    | "parameter changed"
    | "seed changed"
    | "input changed"
    | "input may change"
    | "manifest damaged"
    | "output missing"
    | "output damaged";
  /** For people, for example `objective.lambda is 2, was 1.5`. */
  readonly text: string;
  /** Values before and now, where the cause is a change of values. */
  readonly changes?: readonly Change[];
}

/** What is known of a cell. */
export interface Evidence {
  /** What its outputs depend on; `undefined` while an input is stale. */
  readonly wanted: Ingredients | undefined;
  /** What its outputs depend on, inputs aside: known at all times. */
  readonly own: Omit<Ingredients, "inputs">;
  /** The manifest of just these ingredients. */
  readonly current: Manifest | undefined;
  /** Whether there is such a manifest, but its bytes are not what they were. */
  readonly manifestDamaged?: boolean;
  /** The manifest that this profile used last. */
  readonly latest: Manifest | undefined;
  /** The stage's generation of results, and what it was raised for. */
  readonly revision?: Revision;
  /** Names of files the stage leaves. */
  readonly outputs: readonly string[];
  /** Outputs of the current manifest that cannot be used, by name. */
  readonly defects: Readonly<Record<string, Defect>>;
  /** Input cells that are stale themselves. */
  readonly staleInputs: readonly string[];
}

/** Finds one cause. */
export type Cause = (evidence: Evidence) => Reason | undefined;

const neverRan: Cause = ({ current, latest, manifestDamaged }) =>
  current === undefined && latest === undefined && !manifestDamaged
    ? { kind: "never ran", text: "has not run yet" }
    : undefined;

const stageChanged: Cause = ({ own, current, latest }) =>
  current === undefined && latest !== undefined && latest.stage !== own.stage
    ? {
      kind: "stage changed",
      text: `stage is ${own.stage}, was ${latest.stage}`,
      changes: [{ name: "stage", before: latest.stage, now: own.stage }],
    }
    : undefined;

const codeChanged: Cause = ({ own, current, latest }) =>
  current === undefined && latest !== undefined && latest.code !== own.code
    ? {
      kind: "code changed",
      text: "code changed",
      changes: [{ name: "code", before: latest.code, now: own.code }],
    }
    : undefined;

const revisionChanged: Cause = ({ own, current, latest, revision }) => {
  // What was computed before revisions were counted is of the first.
  const before = latest?.revision ?? 1, now = own.revision ?? 1;
  return current === undefined && latest !== undefined && before !== now
    ? {
      kind: "revision changed",
      text: `revision of results is ${now}, was ${before}: ${revision?.reason}`,
      changes: [{ name: "revision", before, now }],
    }
    : undefined;
};

const parameterChanged: Cause = ({ own, current, latest }) => {
  if (current !== undefined || latest === undefined) return undefined;
  const changes = differences(own.parameters, latest.parameters);
  return changes.length > 0
    ? { kind: "parameter changed", text: changes.map(changeText).join(", "), changes }
    : undefined;
};

const seedChanged: Cause = ({ own, current, latest }) =>
  current === undefined && latest !== undefined && latest.seed !== own.seed
    ? {
      kind: "seed changed",
      text: `seed is ${own.seed}, was ${latest.seed}`,
      changes: [{ name: "seed", before: latest.seed, now: own.seed }],
    }
    : undefined;

const inputChanged: Cause = ({ wanted, current, latest }) => {
  if (wanted === undefined || current !== undefined || latest === undefined) return undefined;
  const names = new Set([...Object.keys(wanted.inputs), ...Object.keys(latest.inputs)]);
  const changed = [...names].filter((name) =>
    canonicalJson(wanted.inputs[name] ?? null) !== canonicalJson(latest.inputs[name] ?? null)
  );
  if (changed.length === 0) return undefined;
  const changes = changed.flatMap((name) =>
    differences(wanted.inputs[name] ?? {}, latest.inputs[name] ?? {})
      .map((change) => ({ ...change, name: `${name}/${change.name}` }))
  );
  return { kind: "input changed", text: `${namesText(changed)} changed`, changes };
};

const inputMayChange: Cause = ({ staleInputs, latest }) =>
  // Of a cell that never ran this would say nothing new.
  staleInputs.length > 0 && latest !== undefined
    ? { kind: "input may change", text: `${namesText(staleInputs)} will run` }
    : undefined;

const manifestDamaged: Cause = ({ manifestDamaged }) =>
  manifestDamaged
    ? { kind: "manifest damaged", text: "its manifest is damaged in the store" }
    : undefined;

const outputMissing: Cause = ({ current, defects, outputs }) => {
  if (current === undefined) return undefined;
  const missing = outputs.filter((name) =>
    defects[name] === "missing" || !(name in current.outputs)
  );
  return missing.length > 0
    ? { kind: "output missing", text: `${namesText(missing)} missing from the store` }
    : undefined;
};

const outputDamaged: Cause = ({ defects }) => {
  const damaged = Object.keys(defects).filter((name) => defects[name] === "damaged");
  return damaged.length > 0
    ? { kind: "output damaged", text: `${namesText(damaged)} damaged in the store` }
    : undefined;
};

/** All causes, in the order in which they are told. */
export const CAUSES: readonly Cause[] = [
  neverRan,
  stageChanged,
  codeChanged,
  revisionChanged,
  parameterChanged,
  seedChanged,
  inputChanged,
  inputMayChange,
  manifestDamaged,
  outputMissing,
  outputDamaged,
];

/** Why a cell must run; empty if it is fresh. */
export function reasons(evidence: Evidence): Reason[] {
  return CAUSES.flatMap((cause) => cause(evidence) ?? []);
}

/** Leaves in which two JSON values differ, by path, for example `objective.lambda`. */
export function differences(now: Json, before: Json, path: readonly string[] = []): Change[] {
  if (isRecord(now) && isRecord(before)) {
    const names = new Set([...Object.keys(now), ...Object.keys(before)]);
    return [...names].flatMap((name) =>
      differences(now[name] ?? null, before[name] ?? null, [...path, name])
    );
  }
  if (canonicalJson(now) === canonicalJson(before)) return [];
  return [{ name: path.join("."), before, now }];
}

function isRecord(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
