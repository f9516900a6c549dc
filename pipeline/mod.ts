/**
 * The pipeline: stages and cells, the content-addressed store, and what runs stale cells.
 *
 * Knows nothing of images or networks, {@linkcode table1} and the profiles aside.
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
export * from "./freshness/assess.ts";
export * from "./store/attestation.ts";
export * from "./store/canonical.ts";
export * from "./code/code_digest.ts";
export * from "./code/code_record.ts";
export * from "./code/stat_cache.ts";
export * from "./verify/compare.ts";
export * from "./answers/cost.ts";
export * from "./store/digest.ts";
export * from "./evaluation.ts";
export * from "./run/events.ts";
export * from "./upkeep/fsck.ts";
export * from "./upkeep/fsck_report.ts";
export * from "./upkeep/gc.ts";
export * from "./upkeep/inventory.ts";
export * from "./upkeep/pins.ts";
export * from "./upkeep/usage.ts";
export * from "./answers/graph.ts";
export * from "./answers/graph_svg.ts";
export * from "./store/key.ts";
export * from "./answers/lineage.ts";
export * from "./answers/lockfile.ts";
export * from "./store/manifest.ts";
export * from "./store/metrics.ts";
export * from "./answers/plan.ts";
export * from "./profile/profile.ts";
export * from "./profile/profile_schema.ts";
export * from "./run/progress/render.ts";
export * from "./run/progress/state.ts";
export * from "./remote/remote.ts";
export * from "./remote/cache.ts";
export * from "./run/run.ts";
export * from "./run/run_cell.ts";
export * from "./cells/seed.ts";
export * from "./cells/select.ts";
export * from "./cells/stage.ts";
export * from "./freshness/staleness.ts";
export * from "./answers/status.ts";
export * from "./store/store.ts";
export * from "./table1.ts";
export * from "./answers/why.ts";
export * from "./verify/verify.ts";
