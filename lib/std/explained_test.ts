import { assertEquals } from "@std/assert";
import { isExplained } from "./explained.ts";

/** The error of something that fails. */
function failure(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
}

Deno.test("isExplained() takes errors that say what cannot be done and no mistake of the program", () => {
  const nothing = undefined as unknown as { name: string };
  const cases: [error: unknown, explained: boolean][] = [
    [new Error('Cannot read "x": it is empty'), true],
    [new RangeError('Cannot read "x": it is empty'), true],
    [new SyntaxError('Cannot read "x": it is not JSON'), true],
    [new Error("connection reset"), false],
    [failure(() => nothing.name), false],
    [failure(() => nothing.name = ""), false],
    [failure(() => later), false],
    [failure(() => new Array(-1)), false],
    ["Cannot", false],
  ];
  for (const [error, explained] of cases) {
    assertEquals(isExplained(error), explained, String(error));
  }
  const later = 1;
});
