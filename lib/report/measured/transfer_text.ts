import { wrap } from "../../std/wrap.ts";
import { type ExampleKind, KINDS } from "../../transfer/record.ts";
import { countText, epsilonText, type ReportRules } from "../names.ts";
import { percentText } from "../numbers.ts";
import { type Column, plainTable, titleOf } from "./plain_table.ts";
import { KIND_TITLES, strongest, type TransferReport, type TransferRow } from "./transfer.ts";

const WIDTH = 100;

/** Columns of a matrix that a terminal has room for. */
const MOST = 14;

const percent = (share: number) => percentText(100 * share);

/** What an accuracy becomes that is below the model's own by more than noise. */
const marked = (text: string, beats: boolean) => text + (beats ? "!" : " ");

/** The transfer matrix, for a terminal of 100 columns; ends with a newline. */
export function transferText(
  { rows, findings, profile, data, images, epsilon }: TransferReport,
  rules: Pick<ReportRules, "method" | "activation" | "attack">,
): string {
  const note = (text: string) => wrap(text, WIDTH);
  const numberOf = (name: string) =>
    String(1 + rows.findIndex(({ method, activation }) => `${method}/${activation}` === name));
  const summary: readonly Column<TransferRow>[] = [
    ["no.", ({ method, activation }) => numberOf(`${method}/${activation}`)],
    ["clean", ({ clean }) => percent(clean)],
    ...KINDS.flatMap((kind): Column<TransferRow>[] => [
      [`own ${KIND_TITLES[kind]}`, ({ own }) => percent(own[kind])],
      ["lowest", (row) => {
        const { accuracy, beats_own } = strongest(row, kind);
        return marked(percent(accuracy), beats_own);
      }],
      ["by no.", (row) => numberOf(strongest(row, kind).source)],
    ]),
  ];
  const matrix = (kind: ExampleKind): readonly Column<TransferRow>[] =>
    rows[0].sources[kind].map((_, i) => [
      String(i + 1),
      ({ sources }) => {
        const { accuracy, beats_own } = sources[kind][i];
        return marked(String(Math.round(100 * accuracy)), beats_own);
      },
    ]);
  const names = rows.map((row, i) => `${i + 1} ${titleOf(row, rules)}`);
  return [
    ...note(
      `Transfer of adversarial examples: accuracy (%) on examples made on other models. ${profile} ` +
        `profile, ${data} data, the first ${countText(images)} test images, epsilon ` +
        `${epsilonText(epsilon)}, first seed.`,
    ),
    "",
    ...plainTable(rows, summary, rules),
    "",
    ...note(
      "An image counts as right where the model classifies both it and the example as labelled. " +
        "Own examples are made on the model itself, with the same steps. ! is lower than that by " +
        "more than noise: the model's own gradients lead to worse examples than those of another. " +
        `Models by number: ${names.join(", ")}.`,
    ),
    ...rows.length > MOST ? [] : KINDS.flatMap((kind) => [
      "",
      ...note(`${KIND_TITLES[kind]} examples, by the number of the model that they were made on:`),
      "",
      ...plainTable(rows, matrix(kind), rules),
    ]),
    ...findings.flatMap(({ text }) => ["", ...note(`▲ ${text}.`)]),
  ].join("\n") + "\n";
}
