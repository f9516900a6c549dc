import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { bootstrapContrast, neededFor } from "./contrast.ts";
import { compare } from "./difference.ts";

/** A seed's verdicts on 200 images: right on those whose number, turned by `shift`, is low. */
const verdict = (share: number, shift = 0) =>
  Array.from({ length: 200 }, (_, i) => (i + shift) % 200 < 200 * share);

const difference = (second: boolean[][], first: boolean[][]) =>
  bootstrapContrast([{ weight: 1, verdicts: second }, { weight: -1, verdicts: first }]);

Deno.test("bootstrapContrast() of two rows of one seed is as wide as compare() has it", () => {
  const first = [verdict(0.3)], second = [verdict(0.4, 20)];
  const sample = (verdicts: boolean[][]) => ({
    correct: verdicts.map((of) => of.filter(Boolean).length),
    images: 200,
    verdicts,
  });
  const found = difference(second, first);
  const { difference: exact, interval } = compare(sample(first), sample(second), true);
  assertAlmostEquals(found.estimate, exact, 1e-12);
  // the quantiles of 2,000 samples differ from the true ones by a twentieth
  assertAlmostEquals(found.low, interval.low, 0.01);
  assertAlmostEquals(found.high, interval.high, 0.01);
  assertEquals([found.overSeeds, found.images, found.seeds], [0, 200, 1]);
  assertEquals(difference(second, first), found);
});

Deno.test("bootstrapContrast() pairs images: rows that agree on all differ by little", () => {
  const { low, high } = difference([verdict(0.5)], [verdict(0.5)]);
  const unpaired = difference([verdict(0.5, 100)], [verdict(0.5)]);
  assert(low > -0.03 && low <= 0 && high < 0.03 && high >= 0, `${low} to ${high}`);
  assert(unpaired.high > 0.1);
});

Deno.test("bootstrapContrast() has the variance of three seeds, and t's quantile for it", () => {
  // the seeds are right on all images or on none, so that images hardly count
  const seeds = [[1, 1], [1, 0], [0, 1]].map(([a, b]) =>
    Array.from({ length: 200 }, (_, i) => Boolean(i % 2 ? a : b))
  );
  const { variance, overSeeds, quantile } = bootstrapContrast([{ weight: 1, verdicts: seeds }]);
  const own = ((1 - 2 / 3) ** 2 + 2 * (1 / 2 - 2 / 3) ** 2) / 2 / 3;
  assertAlmostEquals(overSeeds, own, 1e-12);
  assertAlmostEquals(variance, own, 0.15 * own);
  assert(quantile > 3 && quantile < 4.4, String(quantile));
});

Deno.test("bootstrapContrast() refuses rows on other images", () => {
  for (
    const terms of [[], [{ weight: 1, verdicts: [] }], [{ weight: 1, verdicts: [[true], []] }]]
  ) {
    assertThrows(() => bootstrapContrast(terms), RangeError, "expected the same images for all");
  }
});

Deno.test("neededFor() says what would do, and nothing where nothing would", () => {
  const contrast = {
    ...{ estimate: 0.04, low: 0, high: 0.08, quantile: 2 },
    ...{ variance: 0.0008, overSeeds: 0.0001, images: 100, seeds: 3 },
  };
  // (0.04 / 2)^2 = 0.0004: images have 0.0007 and may have 0.0003
  assertEquals(neededFor(contrast), { images: 234, seeds: null, both: null });
  assertEquals(neededFor({ ...contrast, overSeeds: 0.0005 }), {
    ...{ images: null, seeds: 15, both: null },
  });
  assertEquals(neededFor({ ...contrast, overSeeds: 0.00069 }).seeds, 8);
  assertEquals(neededFor({ ...contrast, overSeeds: 0.00041 }).seeds, null); // 123
  // 0.01 leaves 0.000025, and three seeds have 0.0001: twelve would have all of it
  const { both, ...alone } = neededFor(contrast, 0.03);
  assertEquals(alone, { images: null, seeds: null });
  const images = Math.ceil(0.07 / (0.000025 - 0.0003 / both!.seeds));
  assertEquals(both, { images, seeds: 20 });
  assertEquals(neededFor(contrast, 0.0399).both, null);
  assertEquals(neededFor({ ...contrast, seeds: 1, overSeeds: 0 }, 0.039), {
    ...{ images: null, seeds: null, both: null },
  });
});
