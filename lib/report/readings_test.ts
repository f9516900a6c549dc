import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { build, FAR, NEAR, reading, row, rowsOf, RULES } from "./_readings_fixture.ts";
import { readReadings } from "./readings_read.ts";
import { readingsText, verdictText } from "./readings_text.ts";

Deno.test("buildReadings() puts the nearest first, whatever its level, and says by how much", () => {
  const { readings, by, columns } = build([...FAR, ...NEAR], [
    reading("far", ...rowsOf("far")),
    reading("near", ...rowsOf("near")),
  ]);
  assertEquals([by, columns], ["pgd50", ["clean", "pgd50"]]);
  const [near, far] = readings;
  assertEquals([near.name, far.name], ["near", "far"]);
  assert(near.columns.pgd50.distance < 0.3);
  assertEquals([near.behind, far.behind!.decided], [null, true]);
  assertAlmostEquals(
    far.behind!.difference,
    far.columns.pgd50.distance - near.columns.pgd50.distance,
  );
  const { tau, gap, gap_interval, paper_gap, pairs, beyond_noise, as_in_paper, rms } =
    near.columns.pgd50;
  assertEquals(tau, 1);
  assertAlmostEquals(gap!, (25.5 + 26) / 2 - 20, 1e-9);
  assertAlmostEquals(paper_gap!, (44.4 + 44.9) / 2 - 38.8, 1e-9);
  assert(gap_interval!.low > 0 && gap_interval!.low < gap! && gap! < gap_interval!.high);
  // 22 images of 400 and 24 that ReLU alone lacks are more than noise, two are not
  assertEquals([pairs, beyond_noise, as_in_paper], [3, 2, 2]);
  assert(Math.abs(rms - 18.9) < 0.1, String(rms));
  assertEquals(far.columns.pgd50.as_in_paper, 0);
  assertEquals(near.rows[2].values.pgd50, {
    ...near.rows[2].values.pgd50,
    ...{ percent: 26, paper: 44.9 },
  });
  assertEquals(near.rows.map(({ smooth }) => smooth), [false, true, true]);
});

Deno.test("buildReadings() decides nothing between readings that differ by a few images", () => {
  const like = [row("like/relu", 80), row("like/gelu", 101), row("like/sharp", 105)];
  const found = build([...NEAR, ...like], [
    reading("near", ...rowsOf("near")),
    reading("like", ...rowsOf("like")),
  ]);
  assertEquals(found.readings[1].behind!.decided, false);
  assertEquals(
    verdictText(found),
    "Not decided: near is nearest, and every other reading may be",
  );
});

Deno.test("buildReadings() counts how seeds differ where there are several", () => {
  const seeds = (method: string, spread: number) =>
    [[`${method}/relu`, 84], [`${method}/gelu`, 102], [`${method}/sharp`, 104]].map((
      [name, mean],
    ) => row(String(name), Number(mean) - spread, Number(mean) + spread));
  const gapOf = (spread: number) => {
    const { readings: [one] } = build(seeds("near", spread), [reading("near", ...rowsOf("near"))]);
    const { low, high } = one.columns.pgd50.gap_interval!;
    return high - low;
  };
  assert(gapOf(40) > 2 * gapOf(0));
});

Deno.test("verdictText() says where no reading is nearer than equal rows", () => {
  const found = build(FAR, [reading("far", ...rowsOf("far"))]);
  assertEquals(
    verdictText(found),
    "far comes nearest to the paper's pattern; none is nearer than rows without any difference " +
      "would be (2.8 points)",
  );
});

Deno.test("readingsText() shows every reading's measures and numbers", () => {
  const found = build([...FAR, ...NEAR], [
    reading("far", ...rowsOf("far")),
    reading("near", ...rowsOf("near")),
  ]);
  const text = readingsText(found, RULES);
  for (
    const part of [
      "Readings of the paper's setting, the nearest first, by PGD-50. tried profile",
      "near comes nearest to the paper's pattern.",
      "\n1 near: as near\n2 far: as far\n",
      "1 near   Clean",
      "         PGD-50 *",
      "near     ReLU                ",
      "         Softplus (beta 10)  ",
      "- A row has one seed:",
    ]
  ) assert(text.includes(part), `${part}\n${text}`);
  assert(text.split("\n").every((line) => line.length <= 120), text);
});

Deno.test("buildReadings() refuses rows that are not there", () => {
  const of = (name: string, paper: string) => () =>
    build(NEAR, [{ name: "one", text: "one", rows: [{ row: name, paper }] }]);
  assertThrows(of("near/elu", "igr/gelu"), RangeError, 'the table has no row "near/elu"');
  assertThrows(of("near/gelu", "igr/elu"), RangeError, 'the paper has no row "igr/elu"');
});

Deno.test("readReadings() reads what was written, and names what is not as a figure needs it", () => {
  const found = build(NEAR, [reading("near", ...rowsOf("near"))]);
  assertEquals(readReadings("r", JSON.stringify(found)), found);
  const [one] = found.readings;
  const cases: [value: unknown, expected: string][] = [
    [{ ...found, by: "cw" }, 'r: by is "cw", expected a column'],
    [{ ...found, readings: [] }, "r: readings is [], expected a list with entries"],
    [{ ...found, readings: [{ ...one, behind: undefined }] }, "readings[0].behind is nothing"],
    [
      { ...found, readings: [{ ...one, rows: [{ ...one.rows[0], values: {} }] }] },
      "readings[0].rows[0].values.clean is nothing, expected percent, low, high, paper",
    ],
    [{ ...found, readings: [{ ...one, columns: {} }] }, "columns.pgd50.distance is nothing"],
  ];
  for (const [value, expected] of cases) {
    assertThrows(() => readReadings("r", JSON.stringify(value)), SyntaxError, expected);
  }
});
