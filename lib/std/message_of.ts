/**
 * What something that was thrown says: an error's message, or anything else as a text.
 *
 * @example
 * ```ts
 * import { messageOf } from "./message_of.ts";
 * import { assertEquals } from "@std/assert";
 *
 * assertEquals(messageOf(new Error("the disk is full")), "the disk is full");
 * assertEquals(messageOf("a word"), "a word");
 * ```
 */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
