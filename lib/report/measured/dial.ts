/** Robust accuracy and collapse against one parameter of a rule. @module */
import { list, named, number, object, oneOf, type Schema, text } from "../../schema.ts";
import { activationName, columnName, methodName, type ReportRules } from "../names.ts";
import type { TableSummary } from "../read.ts";

/** Names of rows that are one rule and differ in one of its parameters. */
export interface Dial {
  readonly part: "method" | "activation";
  readonly rule: string;
  readonly parameter: string;
  /** The parameter's value by the name. */
  readonly values: Readonly<Record<string, number>>;
}

/** Schema of dials, as cells are told them. */
export const dialList: Schema<readonly Dial[]> = list(object({
  part: oneOf("method", "activation"),
  rule: text(),
  parameter: text(),
  values: named(/./, "a name", number()),
}));

/** One seed at one value. */
export interface DialSeed {
  readonly seed: number;
  /** Share of the test images. */
  readonly accuracy: number;
  /** Whether its training collapsed. */
  readonly collapsed: boolean;
}

/** One value of the parameter. */
export interface DialPoint {
  /** Of the row's method or activation. */
  readonly name: string;
  readonly value: number;
  /** Mean over the seeds. */
  readonly accuracy: number;
  readonly seeds: readonly DialSeed[];
}

/** The rows that have the other part in common. */
export interface DialLine {
  /** The activation of a method's dial, the method of an activation's. */
  readonly name: string;
  readonly title: string;
  /** By rising value. */
  readonly points: readonly DialPoint[];
}

/** A dial with what rows have at its values. */
export interface DrawnDial extends Omit<Dial, "values"> {
  /** "beta of Softplus" */
  readonly title: string;
  readonly lines: readonly DialLine[];
}

/** What the cell `dial` leaves as `dial.json`. */
export interface DialReport {
  readonly profile: string;
  readonly data: string;
  /** The table's last attack, under which accuracies are. */
  readonly attack: string;
  readonly dials: readonly DrawnDial[];
}

/** Puts the rows of a table on the dials. */
export function dialReport(
  { columns, rows, data }: TableSummary,
  { profile, dials }: { readonly profile: string; readonly dials: readonly Dial[] },
  rules: ReportRules,
): DialReport {
  const attack = columns[columns.length - 1];
  return {
    ...{ profile, data, attack },
    dials: dials.map(({ part, rule, parameter, values }) => {
      const other = part === "method" ? "activation" : "method";
      const names = [...new Set(rows.map((row) => row[other]))];
      const lines = names.map((name): DialLine => ({
        name,
        title: other === "method" ? methodName(name, rules) : activationName(name, rules),
        points: rows.filter((row) => row[other] === name && row[part] in values)
          .map(({ [part]: name, values: { [attack]: { seeds } }, collapses }) => {
            const own = seeds.map(({ seed, correct, images }): DialSeed => ({
              ...{ seed, accuracy: correct / images },
              collapsed: collapses.some((one) => one.seed === seed),
            }));
            const accuracy = own.reduce((sum, { accuracy }) => sum + accuracy, 0) / own.length;
            return { name, value: values[name], accuracy, seeds: own };
          })
          .toSorted((a, b) => a.value - b.value),
      }));
      const named = part === "method" ? rules.method[rule]?.title : rules.activation[rule]?.title;
      return {
        ...{ part, rule, parameter },
        title: `${parameter.replaceAll("_", " ")} of ${named ?? rule}`,
        lines: lines.filter(({ points }) => points.length > 1),
      };
    }),
  };
}

/** The dials as text, one line a value; ends with a newline. */
export function dialText(
  { dials, profile, data, attack }: DialReport,
  rules: Pick<ReportRules, "attack">,
): string {
  const percent = (share: number) => (100 * share).toFixed(1).padStart(5);
  return [
    `Robust accuracy (%) under ${columnName(attack, rules)}, and seeds whose training collapsed.`,
    `${profile} profile, ${data} data.`,
    ...dials.flatMap(({ title, lines }) => [
      "",
      `By ${title}:`,
      ...lines.flatMap((line) => [
        "",
        `  ${line.title}`,
        ...line.points.map(({ value, accuracy, seeds }) =>
          `  ${String(value).padStart(8)}  ${percent(accuracy)}  ${
            seeds.filter(({ collapsed }) => collapsed).length
          } of ${seeds.length} collapsed`
        ),
      ]),
    ]),
  ].join("\n") + "\n";
}
