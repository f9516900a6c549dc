/** What a recipe says of a training's course: where it ends, what is logged and kept on the way. @module */
import { LIMITS } from "../limits.ts";
import { boolean, type Issue, list, number, object, optional, type Schema } from "../schema.ts";

/** A time of a training. */
export interface Place {
  /** Epochs that are done. */
  readonly epoch: number;
  /** Steps of the epoch after them that are done; none by default. */
  readonly step?: number;
}

/** Each is left out where a recipe does not name it; none changes what a step computes. */
export interface Course {
  /** Ends the training after so many of the epochs that the schedule is for. */
  readonly stop_after?: number;
  /**
   * Ends the training at the first epoch that `collapse` of `collapse.ts` finds collapsed; the model is
   * that of the epoch before, or of the first epoch, before which none was measured.
   */
  readonly stop_on_collapse?: boolean;
  /** Measures the probe images after every so many steps, too. */
  readonly log_every_steps?: number;
  /** Times whose state is kept as an output, from which other trainings can go on. */
  readonly keep_states?: readonly Place[];
}

const step = number({ min: 1, max: 1e6, integer: true }), epoch = number(LIMITS.epochs);

/** Schema of a {@linkcode Place}. */
export const placeSchema: Schema<Place> = object({ epoch, step: optional(step) });

/** Keys of a recipe's schema. */
export const courseKeys = {
  stop_after: optional(epoch),
  stop_on_collapse: optional(boolean),
  log_every_steps: optional(step),
  keep_states: optional(list(placeSchema, { min: 1, max: 100 })),
};

/** A time in few words, for names: `9`, or `9+20` after 20 steps more. */
export const placeName = ({ epoch, step = 0 }: Place): string =>
  step === 0 ? String(epoch) : `${epoch}+${step}`;

/** The file of a state that is kept. */
export const stateFile = (place: Place): string => `state-${placeName(place)}.safetensors`;

/** A time for people: "epoch 9", "step 20 of epoch 10". */
export const placeText = ({ epoch, step = 0 }: Place): string =>
  step === 0 ? `epoch ${epoch}` : `step ${step} of epoch ${epoch + 1}`;

const stepOf = ({ step = 0 }: Place) => step;

/** Whether two are the same time. */
export const isSame = (a: Place, b: Place): boolean =>
  a.epoch === b.epoch && stepOf(a) === stepOf(b);

/** Whether a time comes after another. */
export const isAfter = (a: Place, b: Place): boolean =>
  a.epoch > b.epoch || a.epoch === b.epoch && stepOf(a) > stepOf(b);

/** Steps that a training has behind it at some time. */
export const stepsUntil = (place: Place, stepsPerEpoch: number): number =>
  place.epoch * stepsPerEpoch + stepOf(place);

/** A recipe's course and the epochs of its schedule. */
type Length = Course & { readonly epochs: number };

/**
 * The time at which a training ends.
 *
 * @param until Ends it then at the latest
 */
export function endOf({ epochs, stop_after = epochs }: Length, until?: Place): Place {
  const end = { epoch: Math.min(epochs, stop_after) };
  return until && isAfter(end, until) ? until : end;
}

/**
 * What is wrong with the times of a recipe; paths are inside it.
 *
 * @param begin Where the training begins
 * @param stepsPerEpoch Where that is known
 */
export function courseIssues(
  recipe: Length,
  begin: Place = { epoch: 0 },
  stepsPerEpoch = Infinity,
): Issue[] {
  const { keep_states = [] } = recipe, end = endOf(recipe), issues: Issue[] = [];
  if (recipe.stop_on_collapse && keep_states.length > 0) {
    const text = "is true, expected false with keep_states, to which a training may not come then";
    issues.push({ path: "stop_on_collapse", text });
  }
  keep_states.forEach((place, i) => {
    const refuse = (expected: string) =>
      issues.push({
        path: `keep_states[${i}]`,
        text: `is ${placeText(place)}, expected ${expected}`,
      });
    if (isAfter(place, end)) refuse(`at most ${placeText(end)}, with which the training ends`);
    else if (!isAfter(place, begin)) {
      refuse(`more than ${placeText(begin)}, with which the training begins`);
    } else if (stepOf(place) >= stepsPerEpoch) {
      refuse(`a step below ${stepsPerEpoch}, those of an epoch`);
    } else if (keep_states.findIndex((one) => isSame(one, place)) < i) refuse("each once");
  });
  return issues;
}
