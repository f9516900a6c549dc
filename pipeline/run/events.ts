import type { Reason } from "../freshness/staleness.ts";
import type { Adoption } from "../store/adoption.ts";

/** What happens during a run; `--json` prints these one a line. */
export type RunEvent =
  | {
    readonly kind: "plan";
    readonly cells: readonly {
      readonly cell: string;
      readonly reasons: readonly Reason[];
      /** How long the cell took, or will probably take, seconds. */
      readonly seconds?: number;
    }[];
    readonly jobs: number;
  }
  /** Something that concerns no cell, such as packages being fetched. */
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "cached"; readonly cell: string }
  | {
    readonly kind: "started";
    readonly cell: string;
    readonly reasons: readonly Reason[];
    /** Where it runs, if not on this machine. */
    readonly node?: string;
  }
  /** It waits in the queue of an executor. */
  | {
    readonly kind: "queued";
    readonly cell: string;
    /** The executor: `slurm, partition gpu`. */
    readonly place: string;
    /** The executor's name for its task, for example `4711_3`. */
    readonly ticket: string;
    /** Why it waits, in the executor's words; empty if that is not known yet. */
    readonly why: string;
    /** How often its task was put back into the queue. */
    readonly restarts: number;
  }
  /** It was left with an executor on purpose. */
  | { readonly kind: "handed over"; readonly cell: string }
  | {
    readonly kind: "progress";
    readonly cell: string;
    readonly done: number;
    readonly total: number;
    readonly label?: string;
  }
  | { readonly kind: "log"; readonly cell: string; readonly text: string }
  /** Another pipeline computes the cell. */
  | { readonly kind: "busy"; readonly cell: string; readonly host: string; readonly pid: number }
  /** Its code or data were edited before it had read them; it starts again. */
  | { readonly kind: "edited"; readonly cell: string }
  /** An output that was to be read is not what it was. */
  | { readonly kind: "damaged"; readonly cell: string; readonly output: string }
  | {
    readonly kind: "finished";
    readonly cell: string;
    readonly seconds: number;
    readonly metrics: Readonly<Record<string, number>>;
  }
  | {
    readonly kind: "failed";
    readonly cell: string;
    readonly text: string;
    /** Last lines of standard error. */
    readonly tail: readonly string[];
  }
  /** Not run, because an input failed. */
  | { readonly kind: "skipped"; readonly cell: string; readonly because: string }
  /** The new code of a stale cell was tried, or could not be. */
  | {
    readonly kind: "tried";
    readonly cell: string;
    readonly result: "adopted" | "computed" | "fresh" | "different" | "refused";
    readonly text: string;
    readonly adoption?: Adoption;
  }
  | { readonly kind: "interrupted"; readonly cell: string }
  | { readonly kind: "end"; readonly summary: Summary };

/** How a run ended. */
export interface Summary {
  readonly ran: readonly string[];
  readonly cached: readonly string[];
  readonly failed: readonly string[];
  readonly skipped: readonly string[];
  readonly interrupted: boolean;
  /** Cells that were stopped. */
  readonly stopped: readonly string[];
  /** Cells that were left with an executor on purpose. */
  readonly handedOver?: readonly string[];
  /** Wall-clock seconds. */
  readonly seconds: number;
}
