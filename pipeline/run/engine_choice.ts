import type { JobEngine } from "../cells/job.ts";

/** What executes numerics, chosen once for a run: provenance, not part of a key. */
export interface EngineChoice extends JobEngine {
  /** What its process needs in its environment before it starts. */
  readonly environment?: Readonly<Record<string, string>>;
}
