/** The state of another training that a branch goes on from. @module */
import type { Checkpoint } from "../../lib/training/checkpoint.ts";
import type { ModelCard } from "../../lib/models/card.ts";
import { type Place, placeText, stateFile } from "../../lib/training/course.ts";
import { asFailure, type Job, StageFailure } from "../job.ts";
import { decodeState } from "./checkpoint.ts";

/** Another training's state and the cell that it is of. */
export interface Parent {
  readonly cell: string;
  readonly place: Place;
  readonly state: Checkpoint;
}

/**
 * Reads the state that a branch begins with.
 *
 * @param place Its time, as the parameters of the branch have it
 * @param card Of the branch: the best model of another network is none of it
 * @returns `undefined` for a training that is no branch
 * @throws {StageFailure} If no input has the state
 */
export async function readParent(
  { cell, inputs }: Pick<Job, "cell" | "inputs">,
  place: Place | undefined,
  card: ModelCard,
): Promise<Parent | undefined> {
  if (place === undefined) return undefined;
  const file = stateFile(place);
  const found = Object.entries(inputs).find(([id, files]) =>
    id.startsWith("train:") && files[file]
  );
  if (found === undefined) {
    throw new StageFailure(
      `Cannot go on from ${
        placeText(place)
      }: "${file}" of train:… is not among the inputs of ${cell}`,
    );
  }
  const [parent, files] = found;
  try {
    const { best, ...state } = decodeState(
      await Deno.readFile(files[file]),
      `${file} of ${parent}`,
    );
    const same = best && isSameCard(card, await Deno.readTextFile(files["card.json"]));
    return { cell: parent, place, state: same ? { ...state, best } : state };
  } catch (error) {
    throw asFailure(error);
  }
}

const isSameCard = (card: ModelCard, other: string): boolean =>
  JSON.stringify(card) === JSON.stringify(JSON.parse(other));
