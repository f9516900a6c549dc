import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { cell, input, RULES } from "./_fixture.ts";
import type { CellRecord, RowRecord } from "./records.ts";
import { buildTable1 } from "./table1.ts";

const EPSILON = 8 / 255;

/** A cell of 64 images with one attack; those from `from` on, `count` of them, are correct. */
function seen(from: number, count: number, more: Partial<CellRecord> = {}): CellRecord {
  const robustImages = Array.from({ length: 64 }, (_, i) => i >= from && i < from + count);
  const cleanImages = robustImages.map(() => true);
  return cell(0, 0, 0, {
    attacks: {
      pgd50: { images: 64, clean: 64, robust: count, epsilon: EPSILON, cleanImages, robustImages },
    },
    ...more,
  });
}

const table = (...rows: [activation: string, ...cells: CellRecord[]][]) =>
  buildTable1(input(
    rows.map(([activation, ...cells]): RowRecord => ({ method: "igr", activation, cells })),
    { attacks: ["pgd50"] },
  ));

Deno.test("comparisons are of each row with its method's first, image by image", () => {
  const { comparisons } = buildTable1(input([
    { method: "igr", activation: "relu", cells: [seen(0, 20)] },
    { method: "fgsm", activation: "relu", cells: [seen(0, 10)] },
    { method: "igr", activation: "gelu", cells: [seen(2, 30)] },
    { method: "igr", activation: "silu", cells: [seen(0, 20)] },
  ], { attacks: ["pgd50"] }));
  assertEquals(
    comparisons.map(({ row, against, column, paired }) => [row, against, column, paired]),
    [
      ["igr/gelu", "igr/relu", "clean", true],
      ["igr/gelu", "igr/relu", "pgd50", true],
      ["igr/silu", "igr/relu", "clean", true],
      ["igr/silu", "igr/relu", "pgd50", true],
    ],
  );
  const { difference, p, p_holm, beyond_noise, test } = comparisons[1];
  assertAlmostEquals(difference, 100 * 10 / 64, 1e-9);
  // SciPy: binomtest(2, 14); Holm multiplies the smallest of four by 4
  assertAlmostEquals(p, 0.012939453125, 1e-12);
  assertAlmostEquals(p_holm, 4 * 0.012939453125, 1e-12);
  assertEquals([beyond_noise, test], [false, "McNemar"]);
});

Deno.test("comparisons pair images: the same shares differ by more where the same images are right", () => {
  const beyond = (from: number) =>
    table(["relu", seen(0, 20)], ["gelu", seen(from, 32)]).comparisons[1].beyond_noise;
  assert(beyond(0), "12 images more and none lost");
  assert(!beyond(20), "32 images more and 20 lost");
});

Deno.test("comparisons of several seeds count their spread", () => {
  const seeds = (...counts: number[]) => counts.map((count, i) => seen(0, count, { seed: i + 1 }));
  const [, steady] = table(["relu", ...seeds(20, 21, 20)], ["gelu", ...seeds(40, 41, 40)])
    .comparisons;
  const [, loose] = table(["relu", ...seeds(20, 40, 1)], ["gelu", ...seeds(60, 41, 20)])
    .comparisons;
  assertEquals([steady.test, steady.beyond_noise, loose.beyond_noise], ["t", true, false]);
  assertEquals(steady.difference > 0 && steady.interval.low > 0, true);
});

Deno.test("the finding on differences names those beyond noise, and no more than six", () => {
  const note = (...rows: Parameters<typeof table>) =>
    table(...rows).findings.find(({ kind }) => kind === "differences")?.text;
  assertEquals(
    note(["relu", seen(0, 20)], ["gelu", seen(0, 40)], ["silu", seen(0, 21)]),
    "1 of 4 differences from a method's first activation is more than noise (by image; 5 %, " +
      "Holm's correction): IGR GELU, PGD-50 +31.3",
  );
  const none = note(["relu", seen(0, 20)], ["gelu", seen(0, 21)]);
  assertEquals(none?.slice(0, 4), "None");
  assertEquals(note(["relu", seen(0, 20)]), undefined);
  const many = Array.from({ length: 8 }, (_, i): [string, CellRecord] => [`a${i}`, seen(0, 60)]);
  assert(note(["relu", seen(0, 5)], ...many)?.endsWith("; and 2 more in table1.json"));
});

Deno.test("a variant of a method is compared with its own first row", () => {
  const rules = { ...RULES, method: { ...RULES.method, strong: RULES.method.igr } };
  const rows = ["igr", "strong"].map((method) => ({
    method,
    activation: "relu",
    cells: [seen(0, 20)],
  }));
  assertEquals(buildTable1(input(rows, { attacks: ["pgd50"], rules })).comparisons, []);
});
