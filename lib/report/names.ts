/**
 * How methods, activations, attacks and constants are written for people.
 *
 * @module
 */
import type { Activation } from "../models/activation.ts";
import type { Architecture } from "../models/architecture.ts";
import type { Method } from "../training/method.ts";

/** What a report says of the rules that its rows and columns name: the rules themselves will do. */
export interface ReportRules {
  readonly method: Readonly<
    Record<string, Pick<Method, "title" | "training"> & Partial<Pick<Method, "name">>>
  >;
  readonly activation: Readonly<
    Record<
      string,
      & Pick<Activation, "title" | "kind">
      & Partial<Pick<Activation, "name" | "shape" | "defaults" | "learned">>
    >
  >;
  /** That of all rows. */
  readonly architecture: Readonly<Record<string, Pick<Architecture, "title">>>;
  readonly attack: Readonly<
    Record<string, { readonly title: string; readonly weakerThan?: readonly string[] }>
  >;
}

/** `igr` as "IGR"; an unknown name as it is. */
export const methodName = (method: string, rules: Pick<ReportRules, "method">): string =>
  rules.method[method]?.title ?? method;

/** The network of all rows, for example "PreActResNet18 of width 8 or 16"; widths may be missing. */
export function networkText(
  widths: readonly (number | null)[],
  { architecture }: Pick<ReportRules, "architecture">,
): string {
  const title = Object.values(architecture).map(({ title }) => title).join(" or ") || "network";
  const known = [...new Set(widths)].filter((width) => width !== null);
  return known.length === 0 ? title : `${title} of width ${known.join(" or ")}`;
}

/** `gelu` as "GELU"; an unknown name as it is. */
export const activationName = (
  activation: string,
  rules: Pick<ReportRules, "activation">,
): string => rules.activation[activation]?.title ?? activation;

/** `pgd50` as "PGD-50"; an unknown name as it is. */
export const columnName = (column: string, rules: Pick<ReportRules, "attack">): string =>
  column === "clean" ? "Clean" : rules.attack[column]?.title ?? column;

/** `10000` as "10,000". */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

/** A perturbation bound in pixels of [0, 1] as "8/255" where it is a whole number of 255ths. */
export function epsilonText(epsilon: number): string {
  const levels = epsilon * 255, whole = Math.round(levels);
  // relative: what is next to nothing is not 0/255
  return Math.abs(levels - whole) <= 1e-6 * levels ? `${whole}/255` : String(epsilon);
}
