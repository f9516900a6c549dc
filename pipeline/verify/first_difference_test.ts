import { assertEquals } from "@std/assert";
import { jsonNumbers, type NumberReader } from "./compare.ts";
import { differenceText, firstDifference } from "./first_difference.ts";

const EXACT = { absolute: 0, relative: 0 };
const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

Deno.test("firstDifference() names the first value of a JSON file that differs", () => {
  const cases: [recorded: unknown, again: unknown, name: string, was: unknown, is: unknown][] = [
    [{ a: [1, 2], b: 3 }, { a: [1, 5], b: 4 }, "a[1]", 2, 5],
    [{ a: { b: "x" } }, { a: { b: "y" } }, "a.b", "x", "y"],
    [{ a: 1, b: 2 }, { a: 1 }, "b", 2, undefined],
    [{ a: 1 }, { a: 1, b: 2 }, "b", undefined, 2],
    [[1], [1, 2], "[1]", undefined, 2],
    [{ a: null }, { a: 0 }, "a", null, 0],
    [{ a: [] }, { a: {} }, "a", [], {}],
    [1, 2, "", 1, 2],
  ];
  for (const [before, now, name, recorded, again] of cases) {
    const found = firstDifference(bytes(before), bytes(now), EXACT, jsonNumbers);
    assertEquals(found, { name, recorded, again } as typeof found, JSON.stringify([before, now]));
  }
});

Deno.test("firstDifference() passes over what the tolerance allows", () => {
  const tolerance = { absolute: 0.01, relative: 0 };
  const before = bytes({ a: 1, b: 1 }), now = bytes({ a: 1.005, b: 1.5 });
  assertEquals(firstDifference(before, now, tolerance, jsonNumbers)?.name, "b");
  assertEquals(firstDifference(before, before, EXACT, jsonNumbers), undefined);
});

Deno.test("firstDifference() names a number, or a byte, of other files", () => {
  const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  const read: NumberReader = (content) => ({
    numbers: new Map([["x", new Float32Array(content.slice().buffer)]]),
    rest: String(content.length),
  });
  assertEquals(firstDifference(floats(1, 2, 3), floats(1, 4, 5), EXACT, read), {
    name: "x[1]",
    recorded: 2,
    again: 4,
  });
  assertEquals(firstDifference(floats(0), floats(-0), EXACT, read)?.name, "x[0]");
  assertEquals(firstDifference(floats(1), floats(1, 2), EXACT, read)?.name, "names and shapes");
  assertEquals(firstDifference(bytes("ab"), bytes("ac"), EXACT), {
    name: "byte 2",
    recorded: 98,
    again: 99,
  });
});

Deno.test("differenceText() says what is missing, and cuts what is long", () => {
  const found = { kind: "differs", file: "a.json", name: "b" } as const;
  assertEquals(
    differenceText({ ...found, recorded: "x".repeat(100), again: undefined }),
    `a.json differs first in b: missing, was "${"x".repeat(79)}…`,
  );
});
