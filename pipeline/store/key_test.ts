import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { canonicalJson, type Json } from "./canonical.ts";
import { digestOf, digestOfValue } from "./digest.ts";
import { type Ingredients, keyOf } from "./key.ts";
import { cellSeed } from "../cells/seed.ts";

Deno.test("canonicalJson() sorts keys at every depth and keeps lists", () => {
  assertEquals(
    canonicalJson({ b: { d: 1, c: [2, 1] }, a: "é" }),
    '{"a":"é","b":{"c":[2,1],"d":1}}',
  );
  assertEquals(canonicalJson({ "10": 1, "9": 2 }), '{"10":1,"9":2}');
});

Deno.test("canonicalJson() refuses what JSON cannot hold", () => {
  assertThrows(() => canonicalJson({ a: NaN }), TypeError, "Cannot write NaN as JSON");
  assertThrows(() => canonicalJson([undefined as unknown as Json]), TypeError, "type undefined");
});

Deno.test("canonicalJson() reads back and does not depend on the order of keys", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const json = JSON.parse(JSON.stringify(value)) as Json;
    assertEquals(JSON.parse(canonicalJson(json)), json);
    assertEquals(canonicalJson(backwards(json)), canonicalJson(json));
  }));
});

function backwards(value: Json): Json {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).reverse().map(([key, item]) => [key, backwards(item)]),
  );
}

const ingredients: Ingredients = {
  stage: "train",
  code: digestOf("code"),
  parameters: { lambda: 1.5 },
  inputs: { "fetch:cifar10": { "train.bin": digestOf("train") } },
  seed: "1",
};

Deno.test("keyOf() differs when any ingredient does", () => {
  const changes: Partial<Ingredients>[] = [
    { stage: "attack" },
    { code: digestOf("other code") },
    { parameters: { lambda: 2 } },
    { parameters: { lambda: 1.5, more: null } },
    { inputs: { "fetch:cifar10": { "train.bin": digestOf("other") } } },
    { inputs: { "fetch:cifar10": { "test.bin": digestOf("train") } } },
    { inputs: { "fetch:other": { "train.bin": digestOf("train") } } },
    { seed: "2" },
  ];
  const keys = changes.map((change) => keyOf({ ...ingredients, ...change }));
  assertEquals(new Set([keyOf(ingredients), ...keys]).size, changes.length + 1);
});

Deno.test("keyOf() ignores what is no ingredient", () => {
  const more = { ...ingredients, provenance: { host: "here" } };
  assertEquals(keyOf(more), keyOf(ingredients));
});

Deno.test("digestOfValue() separates purposes", () => {
  assertNotEquals(digestOfValue("cell", [1]), digestOfValue("seed", [1]));
});

Deno.test("cellSeed() is an unsigned 64-bit integer of its own for every cell", () => {
  const cells = ["train:igr:gelu", "train:igr:gelu@2", "attack:pgd50:igr:gelu"];
  const seeds = [0, 1].flatMap((seed) => cells.map((cell) => cellSeed(seed, cell)));
  assertEquals(new Set(seeds).size, 6);
  for (const seed of seeds) assertEquals(BigInt.asUintN(64, BigInt(seed)).toString(), seed);
});
