/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/**
 * Writes a JSON value in the one form that is hashed: object keys sorted by code unit, no spaces.
 *
 * @throws {TypeError} If a number is not finite or something is not JSON
 *
 * @example
 * ```ts
 * import { canonicalJson } from "./canonical.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(canonicalJson({ b: [1, "x"], a: null }), '{"a":null,"b":[1,"x"]}');
 * ```
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === "boolean" || typeof value === "string") {
    return JSON.stringify(value);
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) throw new TypeError(`Cannot write ${value} as JSON`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (typeof value === "object") {
    const entries = Object.keys(value).sort().map((key) =>
      `${JSON.stringify(key)}:${canonicalJson(value[key])}`
    );
    return `{${entries.join(",")}}`;
  }
  throw new TypeError(`Cannot write a value of type ${typeof value} as JSON`);
}
