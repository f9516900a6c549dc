/**
 * The pipeline: stages and cells, the content-addressed store, and what runs stale cells.
 *
 * Knows nothing of images or networks, {@linkcode table1} and the profiles aside. What is not exported
 * here serves one command alone: see the rooms `answers`, `upkeep`, `verify` and `bundle`.
 *
 * @example
 * ```ts
 * import { loadProfile, table1 } from "./mod.ts";
 *
 * const cells = table1(loadProfile("demo", ["methods.igr.lambda=2"]));
 * console.log(cells.map(({ id }) => id).join("\n"));
 * ```
 *
 * @module
 */
export type { CellDeclaration, CellRule, Stage, StagePermissions } from "./cells/stage.ts";
export { inOrder, select, withInputs } from "./cells/select.ts";
export { type Code, openCode } from "./code/code_digest.ts";
export { openStatCache, type StatCache } from "./code/stat_cache.ts";
export { assessAll, type Assessment, type Assessor, isFresh } from "./freshness/assess.ts";
export type { Reason } from "./freshness/staleness.ts";
export { loadProfile, type Profile } from "./profile/profile.ts";
export type { RunEvent, Summary } from "./run/events.ts";
export { run, type RunOptions, type RunResult } from "./run/run.ts";
export type { Manifest } from "./store/manifest.ts";
export { openStore, type Store } from "./store/store.ts";
export { table1 } from "./table1.ts";
