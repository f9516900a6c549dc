/**
 * `PJRT_NamedValue`: how options by name are handed to a plugin.
 *
 * @module
 */
import { Memory } from "./struct.ts";

/** Options by the plugin's own names; numbers are handed over as `float`, big integers as `int64`. */
export type NamedValues = Readonly<Record<string, string | bigint | number | boolean>>;

/** Bytes of one `PJRT_NamedValue`. */
const size = 56;

/** `PJRT_NamedValue_Type`. */
const types = { string: 0, bigint: 1, number: 3, boolean: 4 } as const;

/** Lays options out as the C API expects them: an array of `PJRT_NamedValue`s. */
export function encodeNamedValues(values: NamedValues): { list: Memory; count: number } {
  const utf8 = new TextEncoder(), entries = Object.entries(values);
  const list = new Memory(entries.length * size);
  entries.forEach(([name, value], i) => {
    const at = i * size, label = utf8.encode(name), kind = typeof value as keyof typeof types;
    list.set(at, size).set(at + 16, label).set(at + 24, label.length).set(at + 48, 1);
    list.setInt32(at + 32, types[kind]);
    if (typeof value === "string") {
      const text = utf8.encode(value);
      list.set(at + 40, text).set(at + 48, text.length);
    } else if (typeof value === "number") list.setFloat32(at + 40, value);
    else list.set(at + 40, BigInt(value));
  });
  return { list, count: entries.length };
}
