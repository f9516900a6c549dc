/** What a data set is called in all that is published. @module */
import { KNOWN_NAMES, type Recognised } from "./known_sets.ts";
import type { Split } from "./set.ts";
import { DIFFICULTY, type Difficulty, SYNTHETIC_NAME } from "./synthetic.ts";

/** A data set's name, and what a reader must know of it. */
export interface DataName {
  /**
   * A known set's own name, or else words that say what the images are. That of a known set alone
   * stands for the whole set: `cifar10` are its 50,000 training and 10,000 test images.
   */
  readonly name: string;
  /** Where the profile calls it otherwise: a sentence without its full stop. */
  readonly remark?: string;
}

/** Whether a name is, but for its spelling, that of a known set: it stands for no other one. */
function isReserved(name: string): boolean {
  const letters = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]/g, "");
  return [...KNOWN_NAMES, SYNTHETIC_NAME].some((known) => letters(known) === letters(name));
}

/** Enough of a digest for a reader to tell sets apart. */
const short = (sha256: string) => sha256.slice(0, 12);

/**
 * Names images by their content.
 *
 * @param declared What the profile calls them: kept for a set of one's own, never for another one
 * @param splits All records of the source
 * @param taken How many training images are taken, and of how many
 */
export function nameData(
  declared: string,
  splits: Readonly<Record<Split, Recognised>>,
  taken: { readonly train: number; readonly of: number },
): DataName {
  const { train, test } = splits;
  const whole = train.set !== undefined && train.set === test.set;
  const cut = taken.train < taken.of ? `first ${taken.train} of ${taken.of} training images` : "";
  const name = whole ? train.set : named(declared, train, test);
  const remark = remarkOf(declared, train, test);
  return {
    name: whole && cut ? `${name} (${cut})` : cut ? `${name}, ${cut}` : name!,
    ...remark === undefined ? {} : { remark },
  };
}

/** What images are called that are no known set as a whole. */
function named(declared: string, train: Recognised, test: Recognised): string {
  const parts = [["training", train], ["test", test]] as const;
  const text = parts.map(([split, { set, sha256 }]) =>
    `${split} images ${set === undefined ? `with SHA-256 ${short(sha256)}` : `of ${set}`}`
  ).join(", ");
  return `${isReserved(declared) ? "unknown images" : declared} (no known set: ${text})`;
}

function remarkOf(declared: string, train: Recognised, test: Recognised): string | undefined {
  const same = train.set !== undefined && train.set === test.set;
  if (same ? train.set === declared : !isReserved(declared)) return undefined;
  const parts = [["training", train], ["test", test]] as const;
  const is = same
    ? `its digests are those of ${train.set}`
    : parts.filter(([, { set }]) => set !== declared).map(([split, { set }]) =>
      `its ${split} images are ${
        set === undefined ? "neither that set's nor another known one's" : `those of ${set}`
      }`
    ).join(", ");
  return `The profile calls the data ${declared}, but ${is}`;
}

/**
 * The name of one split alone, as where a model is only attacked.
 *
 * @returns For example `cifar10` or `no known set, SHA-256 0123456789ab`
 */
export function nameSplit({ set, sha256 }: Recognised): string {
  return set ?? `no known set, SHA-256 ${short(sha256)}`;
}

/**
 * Names images that the program made itself, by what it was told.
 *
 * @param declared What the profile calls them
 */
export function nameSynthetic(declared: string, difficulty: Partial<Difficulty> = {}): string {
  const changed = (Object.keys(DIFFICULTY) as (keyof Difficulty)[])
    .filter((key) => difficulty[key] !== undefined && difficulty[key] !== DIFFICULTY[key])
    .map((key) => `${key} ${difficulty[key]}`).join(", ");
  if (isReserved(declared)) return changed ? `${SYNTHETIC_NAME} (${changed})` : SYNTHETIC_NAME;
  return `${declared} (${SYNTHETIC_NAME}${changed ? ` with ${changed}` : ""})`;
}

/** The name of images into which features were injected, as it is without them. */
export function nameInjected(name: string, strength?: number): string {
  return strength === undefined
    ? name
    : `${name}, injected features of ${Math.round(strength * 255)}/255`;
}
