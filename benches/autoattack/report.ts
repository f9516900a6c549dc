/** The comparison as Markdown. @module */
import type { Comparison, Disagreement, Half } from "./compare.ts";

/** One model, attacked by both sides. */
export interface Measured {
  readonly name: string;
  readonly ours: Half;
  readonly reference: Half;
  readonly comparison: Comparison;
  /** The reference with another seed against itself. */
  readonly spread?: Comparison;
}

/** Two tables: verdicts and times. */
export function toMarkdown(measured: readonly Measured[]): string {
  const table = (head: string[], rows: string[][]) =>
    [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const verdicts = table(
    [
      "model",
      "searched in",
      "images",
      "largest logit difference",
      "clean verdicts that differ",
      "robust accuracy, ours",
      "reference",
      "same verdict",
      "only ours broke",
      "only the reference broke",
      "reference, two seeds: same verdict",
    ],
    measured.map(({ name, ours, reference, comparison: c, spread }) => [
      name,
      searchOf(ours),
      String(c.images),
      c.logitDifference.toExponential(1),
      String(c.cleanDisagreements),
      percent(ours.robust_accuracy),
      percent(reference.robust_accuracy),
      percent(c.agreement),
      list(c.onlyFirstBroke),
      list(c.onlySecondBroke),
      spread ? percent(spread.agreement) : "not run",
    ]),
  );
  const timed = measured.filter(({ ours, reference }) => ours.seconds && reference.seconds);
  const names = timed[0]?.ours.attacks.map(({ name }) => name) ?? [];
  const times = table(
    ["model", "searched in", ...names.map((name) => `${name}, s`), "whole, s", "ratio"],
    timed.map(({ name, ours, reference }) => [
      name,
      searchOf(ours),
      ...names.map((attack) => `${seconds(ours, attack)} / ${seconds(reference, attack)}`),
      `${whole(ours)} / ${whole(reference)}`,
      (reference.seconds! / ours.seconds!).toFixed(2),
    ]),
  );
  if (timed.length === 0) return verdicts;
  return `${verdicts}\n\nTimes are ours / the reference's; a star marks a machine that was busy otherwise.\n\n${times}`;
}

const searchOf = ({ search = "f32" }: Half) => search;

const list = (disagreements: readonly Disagreement[]) =>
  disagreements.map(({ index, attack }) => `${index} (${attack})`).join(", ") || "none";

const seconds = ({ attacks }: Half, attack: string) =>
  attacks.find(({ name }) => name === attack)?.seconds.toFixed(1) ?? "not run";

const whole = ({ seconds, quiet }: Half) => `${seconds!.toFixed(1)}${quiet ? "" : "*"}`;
