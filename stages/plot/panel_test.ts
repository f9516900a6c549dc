import { assert, assertEquals } from "@std/assert";
import { type Line, logTicks, panel, valueDomain, wantsLog, wholeTicks } from "./panel.ts";

const line = (means: number[], band = 0): Line => ({
  label: "GELU",
  points: means.map((mean, i) => ({ epoch: i + 1, mean, low: mean - band, high: mean + band })),
  style: { color: "#0072b2" },
});

Deno.test("valueDomain() holds the bands and zero", () => {
  const [low, high] = valueDomain([line([1, 5], 2)]);
  assert(low < -1 && high > 7);
  assertEquals(valueDomain([line([2, 5])])[0], 0);
  assertEquals(valueDomain([line([-2, -5])])[1], 0);
  assertEquals(valueDomain([line([])]), [0, 1]);
});

Deno.test("valueDomain() of a logarithmic axis holds the bands and stays positive", () => {
  const [low, high] = valueDomain([line([1, 100], 0.5)], true);
  assert(low > 0 && low < 0.5 && high > 100.5);
});

Deno.test("wantsLog() asks for positive values over a wide range", () => {
  assertEquals(wantsLog([line([1, 31])]), true);
  assertEquals(wantsLog([line([1, 29])]), false);
  assertEquals(wantsLog([line([0, 100])]), false);
  assertEquals(wantsLog([line([])]), false);
});

Deno.test("panel() draws as many epochs and lines as a profile may have", () => {
  const lines = Array.from({ length: 12 }, () => line(Array(10_000).fill(2), 1));
  assertEquals(wantsLog(lines), false);
  assertEquals(valueDomain(lines), [0, 3 + 0.06 * 3]);
  const margins = { left: 40, right: 40, top: 10, bottom: 40 };
  assert(panel(lines, { width: 600, height: 300, margins }).includes("10000"));
});

Deno.test("logTicks() gives 1, 2 and 5 times powers of ten", () => {
  assertEquals(logTicks(0.15, 60), [0.2, 0.5, 1, 2, 5, 10, 20, 50]);
  assertEquals(logTicks(0.5, 20000), [1, 10, 100, 1000, 10000]);
});

Deno.test("wholeTicks() are whole and hold the first epoch where there is room", () => {
  assertEquals(wholeTicks(1, 10, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assertEquals(wholeTicks(1, 10, 5), [1, 2, 4, 6, 8, 10]);
  assertEquals(wholeTicks(1, 100, 9), [1, 20, 40, 60, 80, 100]);
  assertEquals(wholeTicks(3, 3, 10), [3]);
  assertEquals(wholeTicks(0.25, 24, 10), [1, 5, 10, 15, 20]);
});

Deno.test("panel() draws lines, dots, bands and labels, and nothing that is random", () => {
  const options = {
    width: 300,
    height: 200,
    margins: { left: 40, right: 60, top: 10, bottom: 40 },
    labels: true,
  };
  const svg = panel([line([1, 2, 3], 0.5)], options);
  assertEquals(svg, panel([line([1, 2, 3], 0.5)], options));
  assert(svg.includes(">GELU</text>"));
  assertEquals(svg.match(/<circle/g)?.length, 3);
  assert(svg.includes('fill-opacity="0.15"'));
  assert(!svg.includes("NaN") && !svg.includes("<style"));
  assert(!panel([line([1, 2, 3])], options).includes('fill-opacity="0.15"'));
});

Deno.test("panel() draws a single epoch and no epoch at all", () => {
  const options = { width: 300, height: 200, margins: { left: 40, right: 9, top: 9, bottom: 40 } };
  assert(panel([line([2])], options).includes("<circle"));
  assert(!panel([line([])], options).includes("NaN"));
});
