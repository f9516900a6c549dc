/** The section `methods` of a profile, whose keys are the training methods. @module */
import { loadRules } from "../../lib/rules/mod.ts";
import { object, type Schema, withDefaults } from "../../lib/schema.ts";
import type { Method } from "../../lib/training/method.ts";

/** All training methods by name. */
export const METHOD_RULES = await loadRules<Method>("method");

/** Training methods that a row may have. */
export const METHODS: readonly string[] = Object.keys(METHOD_RULES);

/** Parameters of all methods; what a profile leaves out is as the method has it by default. */
export const methodsSchema: Schema<Readonly<Record<string, unknown>>> = withDefaults(
  object(
    Object.fromEntries(
      Object.values(METHOD_RULES).map(({ name, parameters, defaults }) => [
        name,
        withDefaults(parameters, defaults as Record<string, unknown>),
      ]),
    ),
  ),
  {},
);
