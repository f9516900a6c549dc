/** States that a training keeps: in the work folder until its end, then among its outputs. @module */
import { join } from "node:path";
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import { isAfter, type Place, stateFile } from "../../lib/training/course.ts";
import { StageFailure } from "../job.ts";
import type { Origin } from "../work_file.ts";
import { encodeState, loadCheckpoint, saveCheckpoint } from "./checkpoint.ts";

/** The states of a training. */
export interface KeptStates {
  readonly save: (state: Checkpoint) => Promise<void>;
  /** Whether all states up to a time are there and whole. */
  readonly has: (until: Place) => Promise<boolean>;
  /**
   * Writes the outputs.
   *
   * @param reached How far the training went: a trial has not come to later states, which are empty
   * @throws {StageFailure} If another is not there
   */
  readonly publish: (output: string, reached: Place) => Promise<void>;
}

/**
 * Opens the states of a training.
 *
 * @param work Its work folder
 * @param log Told why a state cannot be used
 */
export function keptStates(
  places: readonly Place[],
  work: string,
  origin: Origin,
  log: (text: string) => void,
): KeptStates {
  const load = (place: Place) => loadCheckpoint(work, origin, log, stateFile(place));
  return {
    save: (state) => saveCheckpoint(work, state, origin, stateFile(state)),
    async has(until) {
      for (const place of places) {
        if (!isAfter(place, until) && await load(place) === undefined) return false;
      }
      return true;
    },
    async publish(output, reached) {
      for (const place of places) {
        const file = stateFile(place), state = await load(place);
        if (state === undefined && !isAfter(place, reached)) {
          throw new StageFailure(
            `Cannot keep "${file}": it is not whole in the work folder; run the cell again`,
          );
        }
        await Deno.writeFile(join(output, file), state ? encodeState(state) : new Uint8Array());
      }
    },
  };
}
