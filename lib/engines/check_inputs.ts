/** @module */
import { describe, sameShape } from "../tracing/graph.ts";
import type { Spec, Values } from "./engine.ts";

/**
 * Checks the inputs of a run against a program's signature.
 *
 * @throws {TypeError} If an input is missing, unknown, or of another shape or type than declared
 */
export function checkInputs(
  name: string,
  declared: Readonly<Record<string, Spec>>,
  given: Values,
): void {
  for (const [input, spec] of Object.entries(declared)) {
    const value = given[input];
    if (!value) {
      throw new TypeError(`Cannot run "${name}": input "${input}" (${describe(spec)}) is missing`);
    }
    if (value.dtype !== spec.dtype || !sameShape(value.shape, spec.shape)) {
      throw new TypeError(
        `Cannot run "${name}": input "${input}" is ${describe(value)}, expected ${describe(spec)}`,
      );
    }
    if (!value.alive) {
      throw new TypeError(
        `Cannot run "${name}": input "${input}" was disposed of or donated to an earlier run`,
      );
    }
  }
  for (const input of Object.keys(given)) {
    if (!(input in declared)) {
      throw new TypeError(
        `Cannot run "${name}": it has no input "${input}"; it has ${
          Object.keys(declared).join(", ")
        }`,
      );
    }
  }
}
