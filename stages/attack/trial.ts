/**
 * How new code is tried on an attack: on a few of its images. An image's verdict depends on no
 * other image, so that each can be attacked alone and compared.
 *
 * @module
 */
import type { FinishedWork, Trial } from "../../pipeline/cells/stage.ts";
import {
  decodeSafetensors,
  encodeSafetensors,
  type SafeTensor,
} from "../../lib/formats/safetensors.ts";

/** Images that are attacked and compared. */
export const TRIED = 16;

/** What is used of an image's verdict. */
export interface Verdict {
  readonly clean_correct: boolean;
  readonly broken_by: string | null;
}

/** What is used of verdicts.json. */
interface Verdicts {
  readonly attack: string;
  readonly epsilon: number;
  /** Number of the first image among all test images. */
  readonly offset: number;
  readonly verdicts: readonly (Verdict & { readonly index: number })[];
}

/** Plans the trial; `undefined` where there are no more images than are tried. */
export function planTrial({ output }: FinishedWork): Trial | undefined {
  const { verdicts } = readVerdicts(output("verdicts.json"));
  if (verdicts.length <= TRIED) return undefined;
  const images = chooseImages(verdicts, TRIED);
  return {
    job: { images },
    what: `${images.length} of ${verdicts.length} images`,
    share: images.length / verdicts.length,
    parts: {
      "verdicts.json": (bytes) => verdictsOf(bytes, images),
      "adversarial.safetensors": (bytes) => rowsOf(bytes, images),
    },
  };
}

/**
 * Positions of so many images: in turn the first of every outcome that was recorded (misclassified,
 * broken by each attack, robust), so that every attack is tried on what it broke, and few images
 * have to go through all of them.
 */
export function chooseImages(verdicts: readonly Verdict[], count: number): number[] {
  const byOutcome = Map.groupBy(
    verdicts.keys(),
    (at) => verdicts[at].clean_correct ? `broken by ${verdicts[at].broken_by}` : "misclassified",
  );
  const chosen: number[] = [];
  for (let turn = 0; chosen.length < Math.min(count, verdicts.length); turn++) {
    chosen.push(...[...byOutcome.values()].flatMap((positions) => positions[turn] ?? []));
  }
  return chosen.slice(0, count).sort((a, b) => a - b);
}

/** The verdicts of some images by position, without what is said of all images together. */
function verdictsOf(bytes: Uint8Array, images: readonly number[]): Uint8Array {
  const { attack, epsilon, offset, verdicts } = readVerdicts(bytes);
  const chosen = verdicts.map((verdict) => [verdict.index - offset, verdict] as const)
    .filter(([position]) => images.includes(position))
    .map(([position, verdict]) => [`verdicts[${position}]`, verdict]);
  return new TextEncoder().encode(
    JSON.stringify({ attack, epsilon, offset, ...Object.fromEntries(chosen) }),
  );
}

/** The rows of some images by position; of a trial's file, which has no others, all. */
function rowsOf(bytes: Uint8Array, images: readonly number[]): Uint8Array {
  const { tensors } = decodeSafetensors(bytes, "adversarial.safetensors");
  const rows = Object.entries(tensors).flatMap(
    ([name, { dtype, shape: [count, ...shape], data }]) => {
      const size = data.length / count;
      return images.map((position, nth) => {
        const at = count === images.length ? nth : position;
        const row = { dtype, shape, data: data.slice(at * size, (at + 1) * size) };
        return [`${name}[${position}]`, row as SafeTensor];
      });
    },
  );
  return encodeSafetensors(Object.fromEntries(rows));
}

function readVerdicts(bytes: Uint8Array): Verdicts {
  const content = JSON.parse(new TextDecoder().decode(bytes));
  if (Array.isArray(content?.verdicts)) return content;
  throw new TypeError("Cannot read verdicts.json: it has no list of verdicts");
}
