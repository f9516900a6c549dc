import { assertEquals } from "@std/assert";
import {
  durationText,
  metricsText,
  metricText,
  namesText,
  numberText,
  parseDuration,
  parseSize,
  rangeText,
  sizeText,
} from "./units.ts";

Deno.test("parseDuration() reads durations and nothing else", () => {
  const cases: [text: string, seconds: number][] = [
    ["90s", 90],
    ["25m", 1500],
    ["25min", 1500],
    ["1.5h", 5400],
    ["1h30m", 5400],
    ["1d", 86400],
  ];
  for (const [text, seconds] of cases) assertEquals(parseDuration(text), seconds, text);
  for (const text of ["", "25", "m", "0m", "-1m", "1m1h", "1.2.3s"]) {
    assertEquals(parseDuration(text), undefined, text);
  }
});

Deno.test("parseSize() reads sizes in powers of ten and nothing else", () => {
  const cases: [text: string, bytes: number][] = [
    ["48M", 48e6],
    ["1.5G", 1.5e9],
    ["1.5GB", 1.5e9],
    ["400k", 4e5],
    ["400K", 4e5],
    ["3T", 3e12],
    ["2000", 2000],
  ];
  for (const [text, bytes] of cases) assertEquals(parseSize(text), bytes, text);
  for (const text of ["", "M", "48 M", "-1M", "1P", "1e6"]) {
    assertEquals(parseSize(text), undefined, text);
  }
});

Deno.test("durationText(), sizeText() and metricsText() round for people", () => {
  const durations = [0.184, 0.996, 9.94, 9.96, 59.4, 59.6, 60, 200, 3600, 7500, 172_800, 180_000];
  assertEquals(durations.map(durationText), [
    "0.18 s",
    "1.0 s",
    "9.9 s",
    "10 s",
    "59 s",
    "1 min",
    "1 min",
    "3 min 20 s",
    "1 h",
    "2 h 5 min",
    "2 d",
    "2 d 2 h",
  ]);
  assertEquals([0, 999, 1000, 44_700_000, 999_950, 190_000].map(sizeText), [
    "0 B",
    "999 B",
    "1 kB",
    "44.7 MB",
    "1 MB",
    "190 kB",
  ]);
  assertEquals(metricsText({ a: 1 / 3, b: 12_345 }), "a 0.3333, b 12350");
});

Deno.test("metricsText() gives shares in percent, and as many numbers as there is room for", () => {
  const metrics = {
    images: 24,
    clean_accuracy: 0.4583,
    robust_accuracy: 0.375,
    "robust_accuracy_after_apgd-ce": 0.4167,
    zero_gradients: 0,
    findings: 0,
  };
  const all = "images 24, clean 45.8 %, robust 37.5 %, zero gradients 0";
  assertEquals(metricsText(metrics), all);
  assertEquals(metricsText(metrics, all.length - 1), "images 24, clean 45.8 %, robust 37.5 %");
  assertEquals(metricsText(metrics, 28), "clean 45.8 %, robust 37.5 %");
  assertEquals(metricsText(metrics, 1), "robust 37.5 %");
  assertEquals(metricText("robust_accuracy_after_fab-t", 0.375), "robust after fab-t 37.5 %");
  assertEquals(metricText("seconds_fab-t", 74), "fab-t took 1 min 14 s");
});

Deno.test("rangeText() gives no more digits than a guess has", () => {
  assertEquals(rangeText({ low: 1234, high: 12_345 }), "21 min to 3 h");
  assertEquals(rangeText({ low: 46_000, high: 460_000 }, "between"), "between 13 h and 5 d");
  assertEquals(rangeText({ low: 61, high: 62 }), "1 min");
});

Deno.test("numberText() writes lengths of pixels as they are given", () => {
  assertEquals([8 / 255, 1.5 / 255, 0.2, 1, 0, 2 / 255, 1e-5].map(numberText), [
    "8/255",
    String(1.5 / 255),
    "0.2",
    "1",
    "0",
    "2/255",
    "0.00001",
  ]);
});

Deno.test("namesText() names up to three, and of more the first two", () => {
  assertEquals(namesText(["a", "b", "c"]), "a, b, c");
  assertEquals(namesText(["a", "b", "c", "d", "e"]), "a, b and 3 more");
  assertEquals(namesText(["a", "b", "c", "d"], "besides"), "a, b and 2 besides");
});
