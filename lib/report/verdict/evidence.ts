/** What questions are answered from. @module */
import { activationShape } from "../../models/activation.ts";
import { bootstrapContrast, type Term } from "../../statistics/mod.ts";
import { activationName, columnName, methodName, type ReportRules } from "../names.ts";
import type { CellRecord, RowRecord, TableInput } from "../records.ts";
import type { MissingRow, VerdictNumber } from "./question.ts";

/** A row with what its rules say of it. */
export interface EvidenceRow {
  /** `method/activation`, as the table names it. */
  readonly name: string;
  readonly method: string;
  /** "FGSM GELU" */
  readonly title: string;
  /** Names of the rules: a variant's is that of what it varies. */
  readonly rule: { readonly method: string; readonly activation: string };
  readonly training: ReportRules["method"][string]["training"] | undefined;
  readonly kind: ReportRules["activation"][string]["kind"] | undefined;
  /** Of the activation, with the parameters of its card; absent where the rule is not known. */
  readonly largestSecondDerivative?: number;
  readonly cells: readonly CellRecord[];
}

/** Rows, and the column that counts. */
export interface Evidence {
  readonly profile: string;
  readonly classes: number;
  readonly rows: readonly EvidenceRow[];
  /** The strongest attack: that of the last column. */
  readonly column: string;
  readonly columnTitle: string;
}

/** Whether the derivative of a row's activation jumps. */
export const isKinked = ({ kind }: EvidenceRow): boolean =>
  kind === "piecewise linear" || kind === "piecewise smooth";

/** Cells whose training collapsed and had not recovered at its end. */
export const collapsedCells = ({ cells }: EvidenceRow): readonly CellRecord[] =>
  cells.filter(({ collapse }) => collapse?.recovered === false);

/** Rows of the paper's own rule for a method and an activation, whatever their parameters. */
export const ofRule = (rows: readonly EvidenceRow[], method: string, activation: string) =>
  rows.filter(({ rule }) => rule.method === method && rule.activation === activation);

/** Collects what questions ask for. */
export function evidenceOf({ profile, classes, attacks, rules, rows }: TableInput): Evidence {
  const column = attacks[attacks.length - 1];
  return {
    profile,
    classes,
    rows: rows.map((row) => evidenceRow(row, rules)),
    column,
    columnTitle: columnName(column, rules),
  };
}

function evidenceRow({ method, activation, cells }: RowRecord, rules: ReportRules): EvidenceRow {
  const training = rules.method[method], bend = rules.activation[activation];
  const { shape, defaults = {}, learned } = bend ?? {};
  const parameters = { ...defaults, ...cells[0]?.parameters };
  return {
    name: `${method}/${activation}`,
    method,
    title: `${methodName(method, rules)} ${activationName(activation, rules)}`,
    rule: { method: training?.name ?? method, activation: bend?.name ?? activation },
    training: training?.training,
    kind: bend?.kind,
    ...shape === undefined ? {} : {
      largestSecondDerivative: activationShape({ shape, defaults, learned }, { parameters })
        .largestSecondDerivative,
    },
    cells,
  };
}

/** The id of a row's cell: `attack:pgd50:igr:gelu@2`. */
export const cellId = (
  stage: string,
  { name }: Pick<EvidenceRow, "name">,
  { seed }: Pick<CellRecord, "seed">,
): string => `${stage}:${name.replace("/", ":")}${seed === 1 ? "" : `@${seed}`}`;

/** Images on which the trainings of rows were measured; 0 where that is not known. */
export const measuredOn = (rows: readonly EvidenceRow[], which: "heldOut" | "probe"): number =>
  Math.max(0, ...rows.flatMap(({ cells }) => cells.map((cell) => cell.measuredOn?.[which] ?? 0)));

/** Rows of whose images it is known which are robust. */
export const judgeable = ({ rows, column }: Evidence): EvidenceRow[] =>
  rows.filter(({ cells }) => cells.every(({ attacks }) => attacks[column]?.robustImages));

/** Rows as terms of a sum whose weights come to `weight`, all on as many images. */
export function terms(
  rows: readonly EvidenceRow[],
  weight: number,
  { column, ...evidence }: Evidence,
): Term[] {
  const images = Math.min(
    ...judgeable({ column, ...evidence }).flatMap(({ cells }) =>
      cells.map(({ attacks }) => attacks[column].images)
    ),
  );
  return rows.map(({ cells }) => ({
    weight: weight / rows.length,
    verdicts: cells.map(({ attacks }) => attacks[column].robustImages!.slice(0, images)),
  }));
}

/** Whether the mean of rows is above what a constant answer has, 1 of the classes, at 95 %. */
export const isAboveChance = (rows: readonly EvidenceRow[], evidence: Evidence): boolean =>
  bootstrapContrast(terms(rows, 1, evidence)).low > 1 / evidence.classes;

/** Robust accuracies of rows, in percent, one number a cell. */
export function accuracies(rows: readonly EvidenceRow[], evidence: Evidence): VerdictNumber[] {
  const { column, columnTitle } = evidence;
  return rows.flatMap((row) =>
    row.cells.map((cell) => ({
      cell: cellId(`attack:${column}`, row, cell),
      name: `${row.title}, ${columnTitle}`,
      value: 100 * cell.attacks[column].robust / cell.attacks[column].images,
      unit: "%",
    }))
  );
}

/** The command that brings a profile's rows up to date, with values set. */
export const pipelineCommand = (profile: string, ...set: readonly string[]): string =>
  ["deno task pipeline", ...profile === "demo" ? [] : [`--profile ${profile}`], ...set].join(" ");

/** Rows that are not there, each with the command that adds it. */
export function missingRows(names: readonly string[], { rows, profile }: Evidence): MissingRow[] {
  const there = rows.map(({ name }) => name), added = names.filter((row) => !there.includes(row));
  return added.map((row) => ({
    row,
    command: pipelineCommand(profile, `--set 'table=[${[...there, row].join(", ")}]'`),
  }));
}
