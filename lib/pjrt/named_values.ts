/**
 * `PJRT_NamedValue`: how options by name are handed to a plugin.
 *
 * @module
 */
import { Struct } from "./struct.ts";

/** Options by the plugin's own names; numbers are handed over as `float`, big integers as `int64`. */
export type NamedValues = Readonly<Record<string, string | bigint | number | boolean>>;

/** Bytes of one `PJRT_NamedValue`. */
const size = 56;

/** `PJRT_NamedValue_Type`. */
const types = { string: 0, bigint: 1, number: 3, boolean: 4 } as const;

/** An array of `PJRT_NamedValue`s, and what has to stay alive while its address is in use. */
export interface EncodedValues {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly count: number;
  readonly held: readonly unknown[];
}

/** Lays options out as the C API expects them. */
export function encodeNamedValues(values: NamedValues): EncodedValues {
  const utf8 = new TextEncoder(), entries = Object.entries(values);
  const bytes = new Uint8Array(entries.length * size), held: unknown[] = [];
  entries.forEach(([name, value], i) => {
    const label = utf8.encode(name), kind = typeof value as keyof typeof types;
    const struct = new Struct(size, { 16: label, 24: label.length, 48: 1 });
    struct.setInt32(32, types[kind]);
    const view = new DataView(struct.bytes.buffer);
    if (typeof value === "string") {
      const text = utf8.encode(value);
      struct.set(40, text.length > 0 ? text : 0n).set(48, text.length);
    } else if (typeof value === "bigint") view.setBigInt64(40, value, true);
    else if (typeof value === "number") view.setFloat32(40, value, true);
    else view.setUint8(40, Number(value));
    held.push(struct);
    bytes.set(struct.bytes, i * size);
  });
  return { bytes, count: entries.length, held };
}
