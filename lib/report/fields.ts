/** Reading of JSON whose errors name the file, the place and what was expected. @module */
import { messageOf } from "../std/message_of.ts";

/** An object of a file, unread. */
export type Fields = Record<string, unknown>;

/** @throws {SyntaxError} That a value of a file is not what was expected */
export function fail(file: string, key: string, value: unknown, expected: string): never {
  const shown = JSON.stringify(value) ?? "nothing";
  throw new SyntaxError(
    `Cannot read ${file}: ${key} is ${
      shown.length > 60 ? shown.slice(0, 57) + "..." : shown
    }, expected ${expected}`,
  );
}

/** The object that a file is. */
export function parse(file: string, text: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SyntaxError(`Cannot read ${file}: not valid JSON (${messageOf(error)})`, {
      cause: error,
    });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    fail(file, "the document", value, "an object");
  }
  return value as Fields;
}

/** A positive whole number of an object. */
export function whole(file: string, fields: Fields, key: string): number {
  const value = fields[key];
  if (!Number.isInteger(value) || (value as number) < 1) {
    fail(file, key, value, "a positive whole number");
  }
  return value as number;
}

/** A list of an object that has entries. */
export function list(file: string, fields: Fields, key: string): Fields[] {
  const value = fields[key];
  if (!Array.isArray(value) || value.length === 0) fail(file, key, value, "a list with entries");
  return value;
}
