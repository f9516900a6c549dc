/** How branches are written for people. @module */
import type { Branch } from "./branch_schema.ts";
import { METHOD_RULES } from "./method_schema.ts";
import { ACTIVATION_RULES } from "./model_schema.ts";
import { type RowPart, type Variants, variantTitles } from "./variant_schema.ts";

const RULES = { method: METHOD_RULES, activation: ACTIVATION_RULES } as const;

const titleOf = (variants: Variants, part: RowPart, name: string): string =>
  variantTitles(variants, part, [name])[name]?.title ?? RULES[part][name].title;

/** A row: "FGSM ReLU". */
export function rowTitle(variants: Variants, row: string): string {
  const [method, activation] = row.split("/");
  return `${titleOf(variants, "method", method)} ${titleOf(variants, "activation", activation)}`;
}

/** What a branch differs in from the training that it goes on from. */
export function branchDifferences(
  variants: Variants,
  { method, activation, seed, recipe = {} }: Branch,
): string {
  const parts = [
    ...method === undefined ? [] : [titleOf(variants, "method", method)],
    ...activation === undefined ? [] : [titleOf(variants, "activation", activation)],
    ...seed === undefined ? [] : [`seed ${seed}`],
    ...leaves(recipe),
  ];
  return parts.length === 0 ? "nothing" : parts.join(", ");
}

/** Values by their path, in words: "augmentation flip true". */
function leaves(value: unknown, path: readonly string[] = []): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [`${path.join(" ").replaceAll("_", " ")} ${value === null ? "none" : String(value)}`];
  }
  return Object.entries(value).flatMap(([key, part]) => leaves(part, [...path, key]));
}
