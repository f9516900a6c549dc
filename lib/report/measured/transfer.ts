/** The transfer matrix: which models fall for examples of which. @module */
import { mcNemar } from "../../statistics/mod.ts";
import { type ExampleKind, KINDS, type TransferRecord } from "../../transfer/record.ts";
import { columnName, countText, type ReportRules } from "../names.ts";
import { percentText } from "../numbers.ts";
import type { TableFinding } from "../table.ts";
import { readRecord, rowOf } from "./cell_rows.ts";
import { measuredFinding } from "./flags.ts";
import { titleOf } from "./plain_table.ts";

/** How many examples of a source a target withstands. */
export interface TransferEntry {
  /** Of the source: `method/activation`. */
  readonly source: string;
  /** Share of the images that the target classifies as labelled, clean and with the example. */
  readonly accuracy: number;
  /**
   * Two-sided p of McNemar's exact test against the target's own examples, times the number of other
   * sources; 1 for its own.
   */
  readonly p: number;
  /** Whether it leaves fewer right than the target's own examples, by more than noise. */
  readonly beats_own: boolean;
}

/** One model on the examples of all. */
export interface TransferRow {
  readonly method: string;
  readonly activation: string;
  readonly cell: string;
  readonly clean: number;
  /** On its own examples. */
  readonly own: Readonly<Record<ExampleKind, number>>;
  readonly sources: Readonly<Record<ExampleKind, readonly TransferEntry[]>>;
  /** Under the table's last attack on the same images; null where that has another radius. */
  readonly attack: {
    readonly name: string;
    readonly accuracy: number;
    /** Images that it left robust and that fall for an example of another model. */
    readonly missed: number;
  } | null;
}

/** What the cell `transfer` leaves as `transfer.json`. */
export interface TransferReport {
  readonly profile: string;
  readonly data: string;
  readonly images: number;
  /** Radius of all examples, pixels in [0, 1]. */
  readonly epsilon: number;
  readonly rows: readonly TransferRow[];
  readonly findings: readonly TableFinding[];
}

/** Examples as people call them. */
export const KIND_TITLES: Readonly<Record<ExampleKind, string>> = { fgsm: "FGSM", pgd: "PGD" };

/** Below this p a difference is more than noise. */
const NOISE = 0.05;

/**
 * Reads a cell's `transfer.json`.
 *
 * @throws {SyntaxError} If it is not as the stage `transfer` writes it
 */
export const readTransfer = (file: string, text: string): TransferRecord =>
  readRecord<TransferRecord>(file, text, ({ clean, sources, attack }) => ({
    "clean to be a list of images": Array.isArray(clean),
    "sources to have images of each kind": Object.values(sources ?? { none: undefined }).every(
      (source) => KINDS.every((kind) => Array.isArray(source?.right?.[kind])),
    ),
    "attack to be what the table says, or null": attack !== undefined,
  }));

/** @param order Cells of examples in the order of rows */
function transferRow(
  cell: string,
  record: TransferRecord,
  order: readonly string[],
): TransferRow {
  const { method, activation } = rowOf("transfer", cell);
  const { clean, sources, attack, images } = record;
  const own = sources[`examples:${method}:${activation}`];
  if (own === undefined) {
    throw new SyntaxError(`Cannot read transfer.json of ${cell}: expected its own examples`);
  }
  const entries = Object.entries(sources)
    .toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  const others = entries.length - 1;
  const judge = (kind: ExampleKind) => {
    const withOwn = new Set(own.right[kind]);
    return entries.map(([id, { right }]): TransferEntry => {
      const source = rowOf("examples", id), here = new Set(right[kind]);
      const lost = withOwn.difference(here).size, won = here.difference(withOwn).size;
      const p = Math.min(1, others * mcNemar(lost, won));
      return {
        source: `${source.method}/${source.activation}`,
        accuracy: here.size / images,
        p,
        beats_own: lost > won && p < NOISE,
      };
    });
  };
  const stands = (image: number) =>
    entries.every(([, { right }]) => KINDS.every((kind) => right[kind].includes(image)));
  return {
    ...{ method, activation, cell, clean: clean.length / images },
    own: { fgsm: own.right.fgsm.length / images, pgd: own.right.pgd.length / images },
    sources: { fgsm: judge("fgsm"), pgd: judge("pgd") },
    attack: attack && {
      name: attack.name,
      accuracy: attack.robust.length / images,
      missed: attack.robust.filter((image) => !stands(image)).length,
    },
  };
}

/** The source whose examples leave fewest right. */
export const strongest = ({ sources }: TransferRow, kind: ExampleKind): TransferEntry =>
  sources[kind].reduce((best, one) => one.accuracy < best.accuracy ? one : best);

function transferFindings(
  row: TransferRow,
  images: number,
  rules: Pick<ReportRules, "method" | "activation" | "attack">,
): TableFinding[] {
  const title = titleOf(row, rules), share = (of: number) => `${percentText(100 * of)} %`;
  const masked = KINDS.flatMap((kind) => {
    const better = row.sources[kind].filter(({ beats_own }) => beats_own);
    if (better.length === 0) return [];
    const best = better.reduce((best, one) => one.accuracy < best.accuracy ? one : best);
    const [method, activation] = best.source.split("/"), more = better.length - 1;
    return measuredFinding(
      "transfer-beats-own",
      row,
      `${title}: ${KIND_TITLES[kind]} examples made on ${
        titleOf({ method, activation }, rules)
      } leave ${share(best.accuracy)} right, the model's own ${share(row.own[kind])}` +
        (more > 0 ? `, and so do those of ${more} more` : "") +
        `: its gradients hide better examples from ${KIND_TITLES[kind]} (gradient masking)`,
    );
  });
  const { attack } = row;
  if (attack === null || attack.missed === 0) return masked;
  return [
    ...masked,
    measuredFinding(
      "transfer-beats-attack",
      row,
      `${title}: ${countText(attack.missed)} of the ${
        countText(Math.round(attack.accuracy * images))
      } images that ${
        columnName(attack.name, rules)
      } left robust fall for examples of other models`,
    ),
  ];
}

/** Puts the cells of all models together. */
export function transferReport(
  cells: readonly (readonly [cell: string, record: TransferRecord])[],
  { profile, data }: { readonly profile: string; readonly data: string },
  rules: Pick<ReportRules, "method" | "activation" | "attack">,
): TransferReport {
  const order = cells.map(([cell]) => cell.replace(/^transfer/, "examples"));
  const rows = cells.map(([cell, record]) => transferRow(cell, record, order));
  const [[, { images, epsilon }]] = cells;
  const findings = rows.flatMap((row) => transferFindings(row, images, rules));
  return { profile, data, images, epsilon, rows, findings };
}
