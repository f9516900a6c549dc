/**
 * Names of rows that are no rules: a rule with other parameters, under a title of its own.
 *
 * @module
 */
import { named, object, optional, type Schema, text } from "../schema.ts";
import type { ReportRules } from "./names.ts";

/** A rule with other parameters, under a title of its own. */
interface VariantName {
  readonly rule: string;
  readonly title: string;
}

/** What names of rows that are no rules are. */
export type VariantNames = Readonly<
  Partial<Record<"method" | "activation", Readonly<Record<string, VariantName>>>>
>;

const names = named(/./, "a name", object({ rule: text(), title: text() }));

/** Schema of {@linkcode VariantNames}. */
export const variantNames: Schema<VariantNames> = object({
  method: optional(names),
  activation: optional(names),
});

/** Rules together with the variants of them that rows name. */
export function withVariants(rules: ReportRules, variants: VariantNames = {}): ReportRules {
  const of = <Kind extends "method" | "activation">(kind: Kind): ReportRules[Kind] => ({
    ...rules[kind],
    ...Object.fromEntries(
      Object.entries<VariantName>(variants[kind] ?? {}).map(([name, { rule, title }]) => [
        name,
        { ...rules[kind][rule], title },
      ]),
    ),
  });
  return { ...rules, method: of("method"), activation: of("activation") };
}
