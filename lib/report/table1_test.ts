import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { cell, input, ROWS } from "./_fixture.ts";
import { departures } from "./caption.ts";
import { PAPER_SETTING, PAPER_TABLE1 } from "./paper_table1.ts";
import { buildTable1 } from "./table1.ts";

Deno.test("buildTable1() gives percent, paper and difference of every number", () => {
  const { rows } = buildTable1(input(ROWS));
  const { clean, pgd50, autoattack } = rows[0].values;
  assertEquals([clean.percent, clean.paper, clean.difference], [62.5, 61.1, 1.4]);
  assertEquals([pgd50.percent, pgd50.paper, pgd50.difference], [39.1, 38.8, 0.3]);
  assertEquals([autoattack.percent, autoattack.paper, autoattack.difference], [34.4, 32.2, 2.2]);
  assertEquals(pgd50.seeds, [{ seed: 1, correct: 25, images: 64 }]);
  assertEquals(pgd50.accuracy, 25 / 64);
  assertEquals(pgd50.deviation, null);
  assertAlmostEquals(pgd50.interval.half_width, 11.6, 0.05);
});

Deno.test("buildTable1() has no paper's number for a row that the paper does not have", () => {
  const { silu } = Object.fromEntries(
    buildTable1(input(ROWS)).rows.map((row) => [row.activation, row]),
  );
  for (const value of Object.values(silu.values)) {
    assertEquals([value.paper, value.difference], [null, null]);
  }
});

Deno.test("buildTable1() gives mean and sample standard deviation over seeds", () => {
  const cells = [cell(40, 25, 22), cell(48, 29, 22, { seed: 2 })];
  const [row] = buildTable1(input([{ method: "igr", activation: "relu", cells }])).rows;
  assertEquals(row.values.clean.percent, 68.8);
  // Two values a distance d apart deviate by d / sqrt(2).
  assertEquals(row.values.clean.deviation, 8.8);
  assertEquals(row.values.autoattack.deviation, 0);
  assertEquals(row.values.clean.images, 64);
});

Deno.test("buildTable1() calls a table comparable only in the paper's setting", () => {
  const { data, images, width, epochs } = PAPER_SETTING;
  const verdict = { images, clean: 8250, robust: 4000, epsilon: 8 / 255 };
  const row = (more: object) => ({
    method: "igr",
    activation: "gelu",
    cells: [cell(0, 0, 0, { width, epochs, attacks: { pgd50: verdict }, ...more })],
  });
  const paper = buildTable1(input([row({})], { profile: "paper", data, attacks: ["pgd50"] }));
  assert(paper.comparable);
  assertEquals(paper.departures, []);
  assertEquals(paper.columns, ["clean", "pgd50"]);
  for (
    const [more, data, said] of [
      [{ width: 32 }, "cifar10", "width 32 instead of 64"],
      [{ epochs: 30 }, "cifar10", "30 epochs instead of 100"],
      [
        {},
        "cifar10-prefix",
        "cifar10-prefix (the first CIFAR-10 records) data instead of CIFAR-10",
      ],
      [
        { attacks: { pgd50: { ...verdict, images: 9000 } } },
        "cifar10",
        "9,000 test images instead of 10,000",
      ],
      [
        { attacks: { pgd50: { ...verdict, epsilon: 4 / 255 } } },
        "cifar10",
        "epsilon 4/255 instead of 8/255",
      ],
    ] as const
  ) {
    const table = buildTable1(input([row(more)], { profile: "paper", data, attacks: ["pgd50"] }));
    assertEquals(table.departures, [said]);
    assert(!table.comparable);
    assert(table.caption.includes(`Not comparable with the paper's numbers: ${said}`));
  }
});

Deno.test("buildTable1() names all values in which cells differ, in caption and departures", () => {
  const { attacks } = cell(50, 30, 28);
  const at = (epsilon: number) => ({ pgd50: { ...attacks.pgd50, epsilon: epsilon / 255 } });
  const table = buildTable1(input([
    { method: "igr", activation: "relu", cells: [cell(0, 0, 0, { epochs: 40, attacks: at(12) })] },
    { method: "igr", activation: "gelu", cells: [cell(0, 0, 0, { epochs: 5, attacks: at(8) })] },
    { method: "igr", activation: "silu", cells: [cell(0, 0, 0, { epochs: 100, attacks: at(8) })] },
  ], { attacks: ["pgd50"] }));
  assertEquals([table.epochs, table.epsilon, table.width], [5, 8 / 255, 8]);
  assertEquals(table.mixed, { epsilon: [8 / 255, 12 / 255], epochs: [5, 40, 100] });
  assert(table.caption.includes("5, 40 or 100 epochs, last checkpoint, epsilon 8/255 or 12/255, "));
  assertEquals(table.departures.slice(2), [
    "width 8 instead of 64",
    "5, 40 or 100 epochs instead of 100",
    "epsilon 8/255 or 12/255 instead of 8/255",
  ]);
});

Deno.test("departures() names every network of rows of several", () => {
  const architecture = {
    "small-cnn": { title: "Small CNN" },
    "preact-resnet18": { title: "PreActResNet18" },
  };
  const setting = { ...buildTable1(input(ROWS)), ...PAPER_SETTING, width: 16 };
  assertEquals(departures(setting, PAPER_SETTING, { architecture }), [
    "Small CNN and PreActResNet18 instead of PreActResNet18",
    "width 16 instead of 64",
  ]);
});

Deno.test("buildTable1() keeps the order of rows and survives JSON unchanged", () => {
  const table = buildTable1(input(ROWS));
  assertEquals(table.rows.map((row) => `${row.method}/${row.activation}`), [
    "igr/relu",
    "igr/silu",
    "fgsm/relu",
    "fgsm/gelu",
  ]);
  assertEquals(JSON.parse(JSON.stringify(table)), table);
});

Deno.test("buildTable1() refuses a table without rows or attacks", () => {
  assertThrows(() => buildTable1(input([])), RangeError, "it has no rows");
  assertThrows(() => buildTable1(input(ROWS, { attacks: [] })), RangeError, "no attack");
});

Deno.test("PAPER_TABLE1 is ordered as an attack's strength demands", () => {
  assertEquals(Object.keys(PAPER_TABLE1).length, 6);
  for (const { clean, pgd50, autoattack } of Object.values(PAPER_TABLE1)) {
    assert(clean > pgd50 && pgd50 >= autoattack);
  }
});
