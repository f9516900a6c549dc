/** What verdicts say about the attacks that reached them. @module */
import { type Finding, finding } from "../flags.ts";
import type { SingleAttack } from "../rule.ts";

/** Share of all images that an attack without gradients has to break after those with them. */
const squareShare = 0.002;

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
  /** Rules of the attacks. */
  readonly attacks?: readonly CheckedRule[];
}

/** What a rule says of what to expect. */
type CheckedRule = Pick<SingleAttack, "name" | "title" | "gradient" | "weakerThan">;

/** Looks for signs that the attacks did not find what is there, or that the verdicts contradict. */
export function checkVerdicts(
  result: CheckedResult,
  { before = [], attacks = [] }: VerdictContext = {},
): Finding[] {
  const rules = new Map(attacks.map((rule) => [rule.name, rule]));
  return [
    ...checkZeroGradients(result),
    ...checkSquare(result, rules),
    ...checkWeaker(result, rules),
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

type Rules = ReadonlyMap<string, CheckedRule>;

/**
 * Square sees logits only; what it breaks and gradients did not find hints at masked gradients. Weak
 * attacks leave something by themselves, so those before it do not count.
 */
function checkSquare({ attacks, clean }: CheckedResult, rules: Rules): Finding[] {
  const images = clean.length;
  const isStrong = ({ gradient, weakerThan = [] }: CheckedRule) =>
    gradient && weakerThan.length === 0;
  return attacks.flatMap(({ name, robust_before, robust_after }, i) => {
    const rule = rules.get(name), broken = robust_before - robust_after;
    const before = attacks.slice(0, i).filter(({ name }) => {
      const earlier = rules.get(name);
      return earlier !== undefined && isStrong(earlier);
    });
    if (rule === undefined || rule.gradient || before.length === 0) return [];
    if (broken < 1 || broken <= squareShare * images) return [];
    return [finding(
      "square-beats-gradients",
      `${rule.title} breaks ${broken} of the ${robust_before} images that ` +
        `${before.map(({ name }) => name).join(", ")} left robust (` +
        `${points(broken, images)} points of robust accuracy) without any gradient`,
    )];
  });
}

/** PGD, say, is weaker than APGD-T, and should find nothing after it. */
function checkWeaker({ attacks, clean }: CheckedResult, rules: Rules): Finding[] {
  const weakerThan = (name: string) => rules.get(name)?.weakerThan ?? [];
  return attacks.flatMap(({ name, robust_before, robust_after }, i) => {
    const before = attacks.slice(0, i).filter(({ name }) => weakerThan(name).length === 0);
    const broken = robust_before - robust_after, stronger = weakerThan(name);
    if (broken < 1 || !before.some(({ name }) => stronger.includes(name))) return [];
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
