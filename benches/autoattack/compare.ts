/** Two runs of AutoAttack on the same model and images, image by image. @module */
import type { AttackShare, ImageVerdict } from "../../lib/report/verdicts_file.ts";

/** What both sides are asked to do. */
export interface Work {
  /** Paths of the weights, their card and a file of CIFAR-10 records. */
  readonly model: string;
  readonly card: string;
  readonly data: string;
  /** First image and number of images. */
  readonly offset: number;
  readonly limit: number;
  readonly epsilon: number;
  readonly seed: number;
  /** AutoAttack's version: `standard`, `plus` or `rand`. */
  readonly version: string;
  readonly batch: number;
}

/** What one run leaves. */
export interface Half {
  /** SHA-256 of the file of weights. */
  readonly weights: string;
  readonly seed: number;
  /** Precision in which our attacks searched; float32 where it is not said. */
  readonly search?: string;
  /** AutoAttack's version; `standard` where it is not said. */
  readonly version?: string;
  readonly batch: number;
  /** Wall time of the whole process, and whether nothing else was running when it began. */
  readonly seconds?: number;
  readonly quiet?: boolean;
  /** When and on what machine. */
  readonly measured?: string;
  readonly clean_accuracy: number;
  readonly robust_accuracy: number;
  readonly attacks: readonly (AttackShare & { readonly seconds: number })[];
  /** Clean logits, `[N, classes]`. */
  readonly logits: readonly (readonly number[])[];
  readonly images: readonly Omit<ImageVerdict, "margin">[];
}

/** How two runs agree. */
export interface Agreement {
  readonly images: number;
  /** Largest difference between two clean logits. */
  readonly logitDifference: number;
  /** Images of which only one run says that they are classified as labelled. */
  readonly cleanDisagreements: number;
  /** Share of images with the same verdict, robust or not. */
  readonly agreement: number;
  /** Images that only one of the two broke, and with which of its attacks. */
  readonly onlyFirstBroke: readonly Disagreement[];
  readonly onlySecondBroke: readonly Disagreement[];
}

/** An image broken by one run only. */
export interface Disagreement {
  readonly index: number;
  readonly attack: string;
}

/**
 * Compares two runs.
 *
 * @throws {RangeError} If they are not of the same weights, version and images
 */
export function compare(first: Half, second: Half): Agreement {
  const [one, other] = [first, second].map(({ version = "standard" }) => version);
  if (one !== other) {
    throw new RangeError(`Cannot compare runs of different versions: ${one} and ${other}`);
  }
  if (first.weights !== second.weights) {
    throw new RangeError(
      `Cannot compare runs of different weights: ${first.weights} and ${second.weights}`,
    );
  }
  const count = first.images.length;
  const same = second.images.length === count &&
    first.images.every(({ index, label }, i) =>
      index === second.images[i].index && label === second.images[i].label
    );
  if (!same) {
    throw new RangeError(
      `Cannot compare runs of different images: ${count} and ${second.images.length} of them, or other labels`,
    );
  }
  let logitDifference = 0, cleanDisagreements = 0, agreeing = 0;
  const onlyFirstBroke: Disagreement[] = [], onlySecondBroke: Disagreement[] = [];
  first.images.forEach((a, i) => {
    const b = second.images[i];
    first.logits[i].forEach((logit, k) => {
      // a missing logit makes NaN, which Math.max passes on
      logitDifference = Math.max(logitDifference, Math.abs(logit - second.logits[i][k]));
    });
    if (a.clean_correct !== b.clean_correct) cleanDisagreements++;
    if (a.robust === b.robust) agreeing++;
    else if (a.robust) onlySecondBroke.push({ index: a.index, attack: b.broken_by ?? "clean" });
    else onlyFirstBroke.push({ index: a.index, attack: a.broken_by ?? "clean" });
  });
  return {
    images: count,
    logitDifference,
    cleanDisagreements,
    agreement: agreeing / count,
    onlyFirstBroke,
    onlySecondBroke,
  };
}
