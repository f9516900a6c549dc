/** The comparison as Markdown. @module */
import { table } from "../tables/markdown.ts";
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

/** A table of verdicts, and one of times for each machine and version, since attacks differ. */
export function toMarkdown(measured: readonly Measured[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const verdicts = table(
    [
      ...["model", "version", "searched in", "images", "logits differ by", "clean verdicts differ"],
      ...["robust, ours", "robust, reference", "only ours broke", "only the reference broke"],
      "the reference with another seed",
    ],
    measured.map(({ name, ours, reference, comparison: c, spread }) => [
      ...[name, versionOf(ours), searchOf(ours), c.images, c.logitDifference.toExponential(1)],
      ...[c.cleanDisagreements, percent(ours.robust_accuracy), percent(reference.robust_accuracy)],
      ...[list(c.onlyFirstBroke), list(c.onlySecondBroke)],
      spread ? `${percent(spread.agreement)} the same` : "",
    ]),
  );
  const timed = measured.filter(({ ours, reference }) => ours.seconds && reference.seconds);
  const sections = Map.groupBy(timed, ({ ours }) => `${versionOf(ours)}, ${ours.measured ?? ""}`);
  const times = [...sections].map(([title, own]) => {
    const names = own[0].ours.attacks.map(({ name }) => name);
    const legend = `Seconds, ours / the reference's, compiling included; ${
      title.replace(/, $/, "")
    }:`;
    return `${legend}\n\n${
      table(
        ["model", "searched in", ...names.map((name) => `${name}, s`), "whole, s", "ratio"],
        own.map(({ name, ours, reference }) => [
          ...[name, searchOf(ours)],
          ...names.map((attack) => `${seconds(ours, attack)} / ${seconds(reference, attack)}`),
          `${whole(ours)} / ${whole(reference)}`,
          (reference.seconds! / ours.seconds!).toFixed(2),
        ]),
      )
    }`;
  });
  const starred = timed.some(({ ours, reference }) => !(ours.quiet && reference.quiet));
  const star = starred ? ["A star marks a machine that was busy otherwise."] : [];
  return [verdicts, ...times, ...star].join("\n\n");
}

const searchOf = ({ search = "f32" }: Half) => search;

const versionOf = ({ version = "standard" }: Half) => version;

const list = (disagreements: readonly Disagreement[]) =>
  disagreements.map(({ index, attack }) => `${index} (${attack})`).join(", ") || "none";

const seconds = ({ attacks }: Half, attack: string) =>
  attacks.find(({ name }) => name === attack)?.seconds.toFixed(1) ?? "not run";

const whole = ({ seconds, quiet }: Half) => `${seconds!.toFixed(1)}${quiet ? "" : "*"}`;
