/** What verdicts say about the attacks that reached them. @module */
import { type Finding, finding } from "../flags.ts";

/** Share of all images that Square has to break after the gradient attacks to raise its flag. */
const squareShare = 0.002;

/** Attacks that follow gradients; `pgd50` and its like are judged by themselves. */
const isGradient = (name: string) => name.startsWith("apgd") || name.startsWith("fab");
const isPgd = (name: string) => name.startsWith("pgd");

/** The parts of an attack's result that are checked. */
export interface CheckedResult {
  readonly clean: readonly boolean[];
  readonly robust: readonly boolean[];
  readonly robustAccuracy: number;
  readonly brokenBy: readonly (string | null)[];
  readonly attacks: readonly {
    readonly name: string;
    readonly robust_before: number;
    readonly robust_after: number;
  }[];
  /** Images whose gradient was exactly zero where an attack began. */
  readonly zeroGradients: number;
}

/** What is known besides the result. */
export interface VerdictContext {
  /** Findings of the model's own checks; a flag that they raised is not raised again. */
  readonly before?: readonly Finding[];
}

/** Looks for signs that the attacks did not find what is there, or that the verdicts contradict. */
export function checkVerdicts(
  result: CheckedResult,
  { before = [] }: VerdictContext = {},
): Finding[] {
  return [
    ...checkZeroGradients(result),
    ...checkSquare(result),
    ...checkPgd(result),
    ...checkRecomputed(result),
  ].filter(({ flag }) => before.every((earlier) => earlier.flag !== flag));
}

function checkZeroGradients({ zeroGradients, clean }: CheckedResult): Finding[] {
  if (zeroGradients === 0) return [];
  const attacked = clean.filter(Boolean).length;
  return [finding(
    "zero-gradients",
    `the input gradient is exactly zero where an attack began, for ${zeroGradients} of ` +
      `${attacked} attacked images`,
  )];
}

/** Square sees logits only; what it breaks and gradients did not find hints at masked gradients. */
function checkSquare({ attacks, clean }: CheckedResult): Finding[] {
  const at = attacks.findIndex(({ name }) => name === "square");
  const before = attacks.slice(0, Math.max(at, 0)).filter(({ name }) => isGradient(name));
  if (before.length === 0) return [];
  const { robust_before, robust_after } = attacks[at], images = clean.length;
  const broken = robust_before - robust_after;
  if (broken < 1 || broken <= squareShare * images) return [];
  return [finding(
    "square-beats-gradients",
    `Square breaks ${broken} of the ${robust_before} images that ` +
      `${before.map(({ name }) => name).join(", ")} left robust (` +
      `${points(broken, images)} points of robust accuracy) without any gradient`,
  )];
}

/** AutoAttack's members contain stronger attacks than PGD, which should find nothing after them. */
function checkPgd({ attacks, clean }: CheckedResult): Finding[] {
  return attacks.flatMap(({ name, robust_before, robust_after }, i) => {
    const before = attacks.slice(0, i).filter(({ name }) => !isPgd(name));
    const broken = robust_before - robust_after;
    if (!isPgd(name) || broken < 1 || !before.some(({ name }) => name === "apgd-t")) return [];
    return [finding(
      "pgd-beats-autoattack",
      `${name} breaks ${broken} of the ${robust_before} images that ` +
        `${before.map(({ name }) => name).join(", ")} left robust (` +
        `${points(broken, clean.length)} points of robust accuracy)`,
    )];
  });
}

const points = (images: number, all: number) => (100 * images / all).toFixed(1);

/** The adversarial examples, classified once more, have to give what the attacks recorded. */
function checkRecomputed({ attacks, brokenBy, clean, robust, robustAccuracy }: CheckedResult) {
  const images = clean.length, last = attacks.at(-1);
  const left = clean.filter((correct, i) => correct && brokenBy[i] === null).length;
  const recorded = last?.robust_after ?? left;
  const recomputed = robust.filter(Boolean).length;
  const stated = Math.round(robustAccuracy * images);
  if (recorded === recomputed && left === recomputed && stated === recomputed) return [];
  return [finding(
    "recomputed-differs",
    `the stored adversarial examples leave ${recomputed} of ${images} images robust when ` +
      `classified again, the attacks recorded ${recorded} (${left} by image)`,
  )];
}
