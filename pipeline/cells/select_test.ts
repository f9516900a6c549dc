import { assertEquals, assertThrows } from "@std/assert";
import { inOrder, select, withInputs } from "./select.ts";
import type { CellDeclaration, Stage } from "./stage.ts";
import { alike, nearest } from "./nearest.ts";

const stage: Stage = { name: "s", entry: new URL("file:///s.ts"), summary: "", outputs: [] };
const cell = (id: string, ...inputs: string[]): CellDeclaration => ({
  id,
  stage,
  parameters: {},
  inputs,
});
const cells = [
  cell("fetch:cifar10"),
  cell("train:igr:gelu", "fetch:cifar10"),
  cell("train:igr:gelu@2", "fetch:cifar10"),
  cell("attack:pgd50:igr:gelu", "fetch:cifar10", "train:igr:gelu"),
  cell("attack:pgd50:igr:gelu@2", "fetch:cifar10", "train:igr:gelu@2"),
];

Deno.test("select() takes ids and globs", () => {
  const cases: [string[], string[]][] = [
    [["train:igr:gelu"], ["train:igr:gelu"]],
    [["train:*"], ["train:igr:gelu", "train:igr:gelu@2"]],
    [["*:igr:gelu"], ["train:igr:gelu", "attack:pgd50:igr:gelu"]],
    [["*@2", "fetch:*"], ["fetch:cifar10", "train:igr:gelu@2", "attack:pgd50:igr:gelu@2"]],
  ];
  for (const [patterns, ids] of cases) assertEquals(select(cells, patterns), ids);
});

Deno.test("select() names the nearest cells to one that there is not", () => {
  assertThrows(
    () => select(cells, ["train:igr:gleu"]),
    RangeError,
    'Cannot find cell "train:igr:gleu": nearest are "train:igr:gelu", "train:igr:gelu@2"',
  );
  assertThrows(
    () => select(cells, ["attack:*:igrr:*"]),
    RangeError,
    'Cannot find cell "attack:*:igrr:*": nearest are "attack:pgd50:igr:gelu", ',
  );
  // A dot is no wildcard.
  assertThrows(() => select(cells, ["fetch.cifar10"]), RangeError);
});

Deno.test("nearest() sorts by edit distance", () => {
  assertEquals(nearest("--profil", ["--plugin", "--profile", "--json"], 1), ["--profile"]);
});

Deno.test("alike() takes beginnings and slips of the hand, and nothing else", () => {
  const cases: [text: string, name: string, alike: boolean][] = [
    ["dem", "demo", true],
    ["gpu", "cpu", true],
    ["pgd", "pgd50", true],
    ["smal", "small", true],
    ["gleu", "gelu", true],
    ["glue", "relu", false],
    ["webgl", "pjrt", false],
    ["x", "paper", false],
    ["", "paper", false],
  ];
  for (const [text, name, expected] of cases) assertEquals(alike(text, name), expected, text);
});

Deno.test("withInputs() adds all that cells need, inputs first", () => {
  assertEquals(
    withInputs(cells, ["attack:pgd50:igr:gelu"]).map(({ id }) => id),
    ["fetch:cifar10", "train:igr:gelu", "attack:pgd50:igr:gelu"],
  );
});

Deno.test("inOrder() puts inputs first and refuses what cannot be ordered", () => {
  assertEquals(
    inOrder([cell("c", "b"), cell("b", "a"), cell("a")]).map(({ id }) => id),
    ["a", "b", "c"],
  );
  const refused: [CellDeclaration[], string][] = [
    [[cell("a"), cell("a")], '"a" comes twice'],
    [[cell("a", "b")], '"a" needs "b", which is no cell'],
    [[cell("a", "b"), cell("b", "a")], "a needs b needs a"],
  ];
  for (const [cells, text] of refused) assertThrows(() => inOrder(cells), Error, text);
});
