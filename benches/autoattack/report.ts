/** The comparison as Markdown. @module */
import type { Agreement, Disagreement, Half } from "./compare.ts";

/** One model, attacked by both sides. */
export interface Measured {
  readonly name: string;
  readonly ours: Half;
  readonly reference: Half;
  readonly comparison: Agreement;
  /** The reference with another seed against itself. */
  readonly spread?: Agreement;
}

/** A table of verdicts, and one of times for each version, whose attacks differ. */
export function toMarkdown(measured: readonly Measured[]): string {
  const table = (head: string[], rows: string[][]) =>
    [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const verdicts = table(
    [
      "model",
      "version",
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
      versionOf(ours),
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
  if (timed.length === 0) return verdicts;
  const times = [...new Set(timed.map(({ ours }) => versionOf(ours)))].map((version) => {
    const own = timed.filter(({ ours }) => versionOf(ours) === version);
    const names = own[0].ours.attacks.map(({ name }) => name);
    return table(
      ["model", "searched in", ...names.map((name) => `${name}, s`), "whole, s", "ratio"],
      own.map(({ name, ours, reference }) => [
        name,
        searchOf(ours),
        ...names.map((attack) => `${seconds(ours, attack)} / ${seconds(reference, attack)}`),
        `${whole(ours)} / ${whole(reference)}`,
        (reference.seconds! / ours.seconds!).toFixed(2),
      ]),
    );
  });
  const legend =
    "Times are ours / the reference's; a star marks a machine that was busy otherwise.";
  return [verdicts, legend, ...times].join("\n\n");
}

const searchOf = ({ search = "f32" }: Half) => search;

const versionOf = ({ version = "standard" }: Half) => version;

const list = (disagreements: readonly Disagreement[]) =>
  disagreements.map(({ index, attack }) => `${index} (${attack})`).join(", ") || "none";

const seconds = ({ attacks }: Half, attack: string) =>
  attacks.find(({ name }) => name === attack)?.seconds.toFixed(1) ?? "not run";

const whole = ({ seconds, quiet }: Half) => `${seconds!.toFixed(1)}${quiet ? "" : "*"}`;
