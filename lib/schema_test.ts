import { assertEquals } from "@std/assert";
import { inOrder, type Issue, number, object, record, refined, type Schema } from "./schema.ts";

function read(schema: Schema<unknown>, value: unknown) {
  const issues: Issue[] = [], found = schema(value, "at", issues);
  return { found, issues: issues.map(({ path, text }) => `${path} ${text}`) };
}

Deno.test("refined() asks its check of what the schema allows, and names places inside the value", () => {
  const schema = refined(
    object({ low: number(), high: number() }),
    ({ low, high }) => low <= high ? [] : [{ path: "low", text: `is ${low}, expected ${high}` }],
  );
  assertEquals(read(schema, { low: 1, high: 2 }), { found: { low: 1, high: 2 }, issues: [] });
  assertEquals(read(schema, { low: 3, high: 2 }).issues, ["at.low is 3, expected 2"]);
  assertEquals(read(schema, { low: 3 }).issues.length, 1, "what is missing is not compared");
  const issues: Issue[] = [];
  schema({ low: 3, high: 2 }, "", issues);
  assertEquals(issues.map(({ path }) => path), ["low"]);
});

Deno.test("inOrder() keeps keys in the order in which they are given", () => {
  const schema = object({ a: number(), b: number(), c: number() });
  const given = { c: 1, a: 2, b: 3 };
  assertEquals(Object.keys(schema(given, "", [])), ["a", "b", "c"]);
  assertEquals(Object.keys(inOrder(schema)(given, "", [])), ["c", "a", "b"]);
  assertEquals(read(inOrder(schema), 3).issues, ["at is 3, expected keys a, b, c"]);
});

Deno.test("record takes a record of any keys and nothing else", () => {
  assertEquals(read(record, { any: [1] }), { found: { any: [1] }, issues: [] });
  for (const [value, shown] of [[3, "3"], [[1], "[1]"], [null, "null"], [undefined, "missing"]]) {
    assertEquals(read(record, value).issues, [`at is ${shown}, expected a record`]);
  }
});
