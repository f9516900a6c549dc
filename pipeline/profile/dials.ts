/** Which rows of a profile differ in one parameter of one rule. @module */
import { parameterKey } from "../../lib/models/activation.ts";
import type { Dial } from "../../lib/report/measured/dial.ts";
import type { Profile } from "./profile.ts";
import { METHOD_RULES } from "./method_schema.ts";
import { ACTIVATION_RULES } from "./model_schema.ts";
import { chosen, type RowPart } from "./variant_schema.ts";

type Values = Readonly<Record<string, unknown>>;

/** All parameters of a name of a row. */
function parametersOf({ model, methods, variants }: Profile, part: RowPart, name: string): Values {
  const { rule, parameters, evaluationEpsilon } = chosen(variants, part, name);
  if (part === "method") {
    // rows that differ in their recipe, their network or their radius differ in more than a parameter
    const { recipe, model } = variants.methods[name] ?? {};
    const more = { recipe, model, evaluationEpsilon };
    return {
      ...METHOD_RULES[rule].defaults as object,
      ...methods[rule] as object,
      ...parameters,
      ...more,
    };
  }
  const defaults: Values = ACTIVATION_RULES[rule].defaults;
  const own = Object.keys(defaults).flatMap((parameter) => {
    const value = model[parameterKey(rule, parameter)];
    return value === undefined ? [] : [[parameter, value]];
  });
  return { ...defaults, ...Object.fromEntries(own), ...parameters };
}

/** Whether rows have two of some names with the same other part. */
const hasLine = (table: readonly string[], part: RowPart, names: readonly string[]) => {
  const own = part === "method" ? 0 : 1;
  const others = table.map((row) => row.split("/")).filter((row) => names.includes(row[own]))
    .map((row) => row[1 - own]);
  return new Set(others).size < others.length;
};

/**
 * The dials of a profile: methods and activations of its rows that are the same rule and differ in one
 * number, each name at a value of its own.
 */
export function dialsOf(profile: Profile): Dial[] {
  return (["method", "activation"] as const).flatMap((part) => {
    const names = new Set(profile.table.map((row) => row.split("/")[part === "method" ? 0 : 1]));
    const byRule = Map.groupBy(names, (name) => chosen(profile.variants, part, name).rule);
    return [...byRule].flatMap(([rule, alike]): Dial[] => {
      const all = alike.map((name) => parametersOf(profile, part, name));
      const differing = Object.keys(all[0]).filter((key) =>
        new Set(all.map((own) => JSON.stringify(own[key]))).size > 1
      );
      const [parameter] = differing, values = all.map((own) => own[parameter]);
      const isDial = differing.length === 1 && new Set(values).size === alike.length &&
        values.every((value) => typeof value === "number");
      if (!isDial || !hasLine(profile.table, part, alike)) return [];
      const entries = alike.map((name, i) => [name, values[i] as number]);
      return [{ part, rule, parameter, values: Object.fromEntries(entries) }];
    });
  });
}
