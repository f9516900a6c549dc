/**
 * What becomes of a cell whose task stands so: waited for, taken back, or handed over again. Facts
 * alone, without store or executor.
 *
 * @module
 */
import { UNFINISHED_EXIT, UNUSABLE_EXIT } from "../run/exit_codes.ts";
import type { CellOutcome } from "../run/run_cell.ts";
import type { TicketState } from "./executor.ts";
import type { Attempt } from "./work.ts";

/** Tasks that ended without a word are tried so often. */
export const MOST_LOST = 3;

/** Exit codes of a worker that may have been asked to stop: where another cell failed, it is 1. */
const STOPPED_EXITS = [UNFINISHED_EXIT, 1];

/** What is known of a cell that was handed over. */
export interface Facts {
  readonly state: TicketState;
  /** How its last attempt in this wave ended, if it said so. */
  readonly attempt?: Attempt;
  /** Whether it was begun, and not only the cells before it in its task. */
  readonly began: boolean;
  /** Whether its checkpoint is newer than the attempt's start; nothing where no disk is shared. */
  readonly checkpoint?: boolean;
  /** How many of its tasks ended without a word before, with what was said of them. */
  readonly lost: readonly string[];
  /** Whether nothing has been known of its task for so long that it is gone. */
  readonly gone: boolean;
  /** Limit of time that it had, minutes. */
  readonly minutes: number;
  /** Name of its stage, for messages. */
  readonly stage: string;
  /** Last lines of what the task printed. */
  readonly tail: readonly string[];
  /** For messages: `slurm, partition gpu`. */
  readonly place: string;
  /** Whether another command asked for the end of its task. */
  readonly cancelled: boolean;
}

/** What to do about a cell. */
export type Verdict =
  | { readonly kind: "wait" }
  | { readonly kind: "outcome"; readonly outcome: CellOutcome }
  /** It goes on in another task; `lost` if the one before ended without a word. */
  | { readonly kind: "again"; readonly why: string; readonly lost: boolean };

/** Decides about a cell of which no result is there. */
export function verdictOn(facts: Facts): Verdict {
  const { state, attempt, gone } = facts;
  switch (attempt?.outcome.kind) {
    case "failure":
      return outcome(attempt.outcome);
    case "postponed":
      return outcome({ kind: "postponed" });
  }
  if (state.kind === "ended") return ended(facts, state);
  return state.kind === "unknown" && gone ? lost(facts, "nothing is known of its task") : WAIT;
}

const WAIT: Verdict = { kind: "wait" };

const outcome = (outcome: CellOutcome): Verdict => ({ kind: "outcome", outcome });

function ended(facts: Facts, state: TicketState & { readonly kind: "ended" }): Verdict {
  const { attempt, began, stage, place, tail } = facts, { how, code, text } = state;
  const failed = (text: string) => outcome({ kind: "failure", text, tail });
  const said = attempt?.outcome.kind;
  if (said === "finished" || said === "cached") {
    return lost(facts, `it was ${said} and its result is not to be found (${text})`);
  }
  // A worker has a moment before its time is up.
  const stopped = said !== undefined && how === "exit" && STOPPED_EXITS.includes(code);
  if (how === "limit" || stopped) return timeUp(facts, text);
  // What ended its task was another cell.
  const byCell = how === "memory" || how === "signal" || how === "exit" && code !== UNUSABLE_EXIT;
  if (byCell && !began) return lost(facts, text);
  switch (how) {
    case "memory":
      return failed(`It needs more memory (${text}); raise "memory" of ${stage} in executors.yaml`);
    case "cancelled":
      if (facts.cancelled) {
        return { kind: "again", why: "another command cancelled its task", lost: false };
      }
      return failed(
        `Somebody cancelled it (${text}); the same command goes on from its checkpoint`,
      );
    case "preempted":
    case "node":
    case "launch":
      return lost(facts, text);
    case "signal":
      return failed(
        `Its task was ended by signal ${code} (${text}); where that was for lack of memory, raise ` +
          `"memory" of ${stage} in executors.yaml`,
      );
    case "exit":
      if (code === UNUSABLE_EXIT) return lost(facts, [text, ...tail.slice(-1)].join(": "));
      return code === 0 || code === UNFINISHED_EXIT
        // The worker says last how a cell ended: its word may not be seen yet, or its disk is full.
        ? lost(facts, `its task ended well and left no result (${text})`)
        : failed(`Its task ended with ${code} (${text}) on ${place}`);
  }
}

function timeUp(facts: Facts, text: string): Verdict {
  const { attempt, began, checkpoint, minutes, stage, tail } = facts;
  const why = `its ${minutes} minutes were up`;
  if (checkpoint || attempt?.outcome.kind === "not begun") {
    return { kind: "again", why, lost: false };
  }
  if (!began) return lost(facts, why);
  return outcome({
    kind: "failure",
    text: `Its ${minutes} minutes were up (${text}), and ${
      checkpoint === undefined ? "what it saved stays on its node" : "it left no checkpoint in them"
    }; raise "minutes" of ${stage} in executors.yaml`,
    tail,
  });
}

function lost({ lost, tail, place }: Facts, why: string): Verdict {
  if (lost.length + 1 < MOST_LOST) return { kind: "again", why, lost: true };
  return outcome({
    kind: "failure",
    text: `Its task was lost ${MOST_LOST} times on ${place}: ${[...lost, why].join("; ")}`,
    tail,
  });
}
