import { assertAlmostEquals, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { cell, input, ROWS, RULES, SEEDS } from "./_fixture.ts";
import { seedsCsv } from "./csv.ts";
import { tableHtml } from "./html.ts";
import { tableLatex } from "./latex.ts";
import { tableMarkdown } from "./markdown.ts";
import { seedLines, tableNotes } from "./seed_lines.ts";
import { buildTable1 } from "./table1.ts";
import { tableText } from "./text.ts";

const TABLE = buildTable1(input(SEEDS));

Deno.test("tableText() shows every seed beneath its row, and marks those that collapsed", () => {
  const [, body] = tableText(TABLE, RULES).split("\n\n");
  assertEquals(
    body,
    `                     │ Clean           │ PGD-50           │ AutoAttack-Linf
Training  Activation │     here  paper │      here  paper │      here  paper
─────────────────────┼─────────────────┼──────────────────┼─────────────────
FGSM      ReLU†      │ 87.0±3.3   85.6 │ 27.1±23.5    0.0 │ 24.5±21.3    0.0
           seed 1    │ 85.9            │ 39.1             │ 34.4
           seed 2†   │ 90.6            │  0.0             │  0.0
           seed 3    │ 84.4            │ 42.2             │ 39.1
           interval  │     ±8.1        │     ±58.4        │     ±53.0
FGSM      GELU       │ 76.6±1.6   78.8 │  46.9±1.6   47.3 │  45.3±1.6   41.9
           seed 1    │ 78.1            │  48.4            │  46.9
           seed 2    │ 75.0            │  45.3            │  43.8
           seed 3    │ 76.6            │  46.9            │  45.3
           interval  │     ±3.9        │      ±3.9        │      ±3.9`,
  );
});

Deno.test("each form has a line with as many cells for each seed", () => {
  const lines = (text: string, start: RegExp) =>
    text.split("\n").filter((line) => start.test(line));
  const markdown = lines(tableMarkdown(TABLE, RULES), /^\|/);
  assertEquals(new Set(markdown.map((line) => line.split("|").length)), new Set([10]));
  assertEquals(markdown[4], "|  | seed 2† | 90.6 |  | 0.0 |  | 0.0 |  |");
  const latex = lines(tableLatex(TABLE, RULES), /footnotesize (seed|interval)/);
  assertEquals(latex.map((line) => line.split("&").length), Array(8).fill(8));
  assertStringIncludes(latex[1], String.raw`{\footnotesize seed 2\textdagger{}} & {\foot`);
  const html = lines(tableHtml(TABLE, RULES), /<tr class="(seed|interval)"/);
  assertEquals(html.map((line) => line.match(/<td/g)!.length), Array(8).fill(11));
  assertMatch(html[1], /<td>seed 2†<\/td><td class="here">90.6</);
  assertMatch(html[3], /^<tr class="interval"><td><\/td><td>interval<\/td><td class="here">±8.1</);
});

Deno.test("seedsCsv() has a line a seed, with its collapse", () => {
  const [head, ...lines] = seedsCsv(TABLE).trim().split("\n").map((line) => line.split(","));
  assertEquals(
    head.slice(0, 8).join(),
    [
      ..."method activation seed collapse_epoch recovered".split(" "),
      ..."clean clean_correct clean_images".split(" "),
    ].join(),
  );
  assertEquals(lines.length, 6);
  assertEquals(lines[1].slice(0, 8), ["fgsm", "relu", "2", "7", "false", "90.6", "58", "64"]);
  assertEquals(lines[2].slice(2, 5), ["3", "", ""]);
});

Deno.test("the interval over seeds is Student's", () => {
  const { pgd50 } = TABLE.rows[1].values;
  // SciPy: ttest_1samp([31 / 64, 29 / 64, 30 / 64], 0).confidence_interval()
  assertAlmostEquals(pgd50.seed_interval!.low, 42.99353482539011, 1e-9);
  assertAlmostEquals(pgd50.seed_interval!.high, 50.75646517460989, 1e-9);
  const { clean } = buildTable1(input(ROWS)).rows[0].values;
  assertEquals(clean.seed_interval, null);
  const wide = buildTable1(input([{ ...SEEDS[0], cells: [cell(64, 64, 64), cell(0, 0, 0)] }]));
  const { low, high } = wide.rows[0].values.clean.seed_interval!;
  assertEquals([low, high], [0, 100]);
});

Deno.test("a table of a version without intervals and collapses is shown without them", () => {
  const old = JSON.parse(
    JSON.stringify(TABLE),
    (key, value) => key === "seed_interval" || key === "collapses" ? undefined : value,
  );
  const lines = tableHtml(old, RULES).split("\n");
  assertEquals(lines.filter((line) => line.includes('<tr class="seed">')).length, 6);
  assertEquals(lines.filter((line) => line.includes('<tr class="interval">')).length, 0);
  assertEquals(tableNotes(old, RULES), TABLE.findings.map(({ text }) => text));
});

Deno.test("tableNotes() begins with the collapses, of a single seed too", () => {
  const note =
    "† The training collapsed (catastrophic overfitting: PGD-10 accuracy was lost while FGSM " +
    "accuracy held): ";
  assertEquals(tableNotes(TABLE, RULES)[0], note + "FGSM ReLU from epoch 7 (seed 2)");
  const collapsed = cell(40, 30, 28, { collapse: { epoch: 3, recovered: true } });
  const single = buildTable1(input([{ method: "igr", activation: "silu", cells: [collapsed] }]));
  assertEquals(tableNotes(single, RULES)[0], note + "IGR SiLU from epoch 3, recovered later");
  assertEquals(seedLines(single.rows[0]), []);
  assertMatch(tableText(single, RULES), /^IGR +SiLU† +│/m);
});
