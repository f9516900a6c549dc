import { assertEquals } from "@std/assert";
import { compareFiles, jsonNumbers, TOLERANCE } from "./compare.ts";

const bytes = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

Deno.test("compareFiles() finds the number that differs most by what is allowed", () => {
  const before = { a: [1, 2, 3], b: { c: 1000 } }, after = { a: [1, 2.0001, 3], b: { c: 1000.01 } };
  assertEquals(compareFiles(bytes(before), bytes(after), TOLERANCE, jsonNumbers), {
    kind: "within tolerance",
    largest: {
      name: "a[]",
      index: 1,
      recorded: 2,
      again: 2.0001,
      difference: 2.0001 - 2,
    },
    differing: 2,
    outside: 0,
    total: 4,
  });
});

Deno.test("compareFiles() is different where numbers are not numbers alike", () => {
  const cases: [before: unknown, after: unknown][] = [
    [{ a: 1 }, { a: 1.001 }],
    [{ a: 1 }, { a: null }],
    [{ a: 1 }, { b: 1 }],
    [{ a: [1, 2] }, { a: [1] }],
    [{ a: true }, { a: false }],
    [{ a: 0 }, { a: 1e-5 }],
  ];
  for (const [before, after] of cases) {
    const { kind } = compareFiles(bytes(before), bytes(after), TOLERANCE, jsonNumbers);
    assertEquals(kind, "different", JSON.stringify([before, after]));
  }
});

Deno.test("compareFiles() counts infinities and what is not a number as different", () => {
  const read = (content: Uint8Array) => ({
    numbers: new Map([["x", new Float32Array(content.slice().buffer)]]),
    rest: "",
  });
  const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);
  for (const [was, is] of [[1, NaN], [NaN, 1], [1, Infinity], [Infinity, -Infinity]]) {
    const comparison = compareFiles(floats(was, 0), floats(is, -0), TOLERANCE, read);
    assertEquals(
      comparison.kind === "different" && "outside" in comparison && comparison.outside,
      1,
    );
  }
  assertEquals(
    compareFiles(floats(NaN, 0), floats(NaN, 1e-7), TOLERANCE, read).kind,
    "within tolerance",
  );
});

Deno.test("compareFiles() compares bytes where it knows no numbers", () => {
  assertEquals(compareFiles(bytes("abc"), bytes("abd"), TOLERANCE), {
    kind: "different",
    text: "bytes differ from offset 3 on",
  });
  assertEquals(compareFiles(bytes("abc"), bytes("abc"), TOLERANCE), { kind: "identical" });
});
