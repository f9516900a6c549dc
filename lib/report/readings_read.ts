import { fail, type Fields, list, parse } from "./fields.ts";
import type { Readings } from "./readings_record.ts";

const NUMBERS = ["percent", "low", "high", "paper"];

/**
 * Reads a `readings.json`.
 *
 * @throws {SyntaxError} If what a figure takes of it is not there
 */
export function readReadings(file: string, text: string): Readings {
  const fields = parse(file, text), { columns, by } = fields;
  if (!Array.isArray(columns) || columns.length < 2) fail(file, "columns", columns, "a list");
  if (!columns.includes(by)) fail(file, "by", by, "a column");
  list(file, fields, "readings").forEach((reading, i) => {
    const path = `readings[${i}]`, { name, behind, columns: own } = reading;
    if (typeof name !== "string") fail(file, `${path}.name`, name, "a name");
    if (behind === undefined) fail(file, `${path}.behind`, behind, "what it is behind, or null");
    list(file, reading, "rows").forEach(({ values }, k) => {
      for (const column of columns) {
        const at = `${path}.rows[${k}].values.${column}`, value = (values as Fields)?.[column];
        const numbers = NUMBERS.map((key) => (value as Fields | undefined)?.[key]);
        if (!numbers.every(Number.isFinite)) fail(file, at, value, NUMBERS.join(", "));
      }
    });
    const { distance } = (own as Fields)?.[by as string] as Fields ?? {};
    if (typeof distance !== "number") {
      fail(file, `${path}.columns.${by}.distance`, distance, "a number");
    }
  });
  return fields as unknown as Readings;
}
