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
export * from "./assess.ts";
export * from "./attestation.ts";
export * from "./canonical.ts";
export * from "./code/code_digest.ts";
export * from "./code/code_record.ts";
export * from "./code/stat_cache.ts";
export * from "./compare.ts";
export * from "./cost.ts";
export * from "./digest.ts";
export * from "./evaluation.ts";
export * from "./events.ts";
export * from "./fsck.ts";
export * from "./fsck_report.ts";
export * from "./gc.ts";
export * from "./inventory.ts";
export * from "./pins.ts";
export * from "./usage.ts";
export * from "./graph.ts";
export * from "./graph_svg.ts";
export * from "./key.ts";
export * from "./lineage.ts";
export * from "./lockfile.ts";
export * from "./manifest.ts";
export * from "./metrics.ts";
export * from "./plan.ts";
export * from "./profile.ts";
export * from "./profile_schema.ts";
export * from "./progress/render.ts";
export * from "./progress/state.ts";
export * from "./remote.ts";
export * from "./remote_cache.ts";
export * from "./run.ts";
export * from "./run_cell.ts";
export * from "./seed.ts";
export * from "./select.ts";
export * from "./stage.ts";
export * from "./staleness.ts";
export * from "./status.ts";
export * from "./store.ts";
export * from "./table1.ts";
export * from "./why.ts";
export * from "./verify.ts";
