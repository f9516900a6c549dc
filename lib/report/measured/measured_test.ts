import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  madeUpCurve,
  madeUpCurves,
  madeUpSurfaces,
  madeUpTransfers,
  MEASURED_RULES as RULES,
} from "./_fixture.ts";
import { cellRows, readRecord } from "./cell_rows.ts";
import { curveReport, largestRadiusText, readCurve } from "./curve.ts";
import { curveText } from "./curve_text.ts";
import { dialReport, dialText } from "./dial.ts";
import { fewerLines, ridges } from "./ridges.ts";
import { readSurface, surfaceReport } from "./surface.ts";
import { surfaceText } from "./surface_text.ts";
import { readTransfer, strongest, transferReport } from "./transfer.ts";
import { transferText } from "./transfer_text.ts";

const SETTING = { profile: "demo", data: "noise" };

const widest = (text: string) => Math.max(...text.split("\n").map((line) => line.length));

Deno.test("curveReport() has means over seeds, and curveText() a column for each radius", () => {
  const report = curveReport(madeUpCurves(), SETTING, RULES);
  const [relu, gelu] = report.rows;
  assertEquals(relu.accuracy.map((share) => Number(share.toFixed(9))), [0.7, 0.15, 0, 0]);
  assertEquals(relu.seeds.map(({ seed, cell }) => [seed, cell]), [
    [1, "curve:fgsm:relu"],
    [2, "curve:fgsm:relu@2"],
  ]);
  assertEquals([gelu.epsilon, report.findings], [8 / 255, []]);
  const text = curveText(report, RULES);
  assertStringIncludes(text, "APGD-CE, 30 iterations, means over 2 seeds.");
  assertStringIncludes(text, "Training  Activation     0     8    16  128");
  assertStringIncludes(text, "FGSM      GELU        70.0  50.0  30.0  0.0");
  assertStringIncludes(text, "At 128/255 every image of every row has fallen");
  assert(widest(text) <= 100);
});

Deno.test("curveReport() names a model whose attack missed plain grey, and what is no test of it", () => {
  const text = (standing: number[], grey: Parameters<typeof madeUpCurve>[1]) => {
    const report = curveReport([["curve:fgsm:relu", madeUpCurve(standing, grey)]], SETTING, RULES);
    return [report.findings.map(({ text }) => text), largestRadiusText(report, RULES)] as const;
  };
  const [[found], sentence] = text([30, 9, 8, 5], { class: 2, missed: 3 });
  assertEquals(
    found,
    "FGSM ReLU: 3 of 40 images stand at radius 128/255, although plain grey, which each of them " +
      "may become, is of another class (docs/flags.md#large-radius)",
  );
  assertEquals(
    sentence,
    "At 128/255, where every image may become plain grey, images stand of FGSM ReLU",
  );
  const [none, same] = text([30, 9, 8, 5], { class: 2, missed: 0 });
  assertEquals([none, same.endsWith("all of the class that the model gives plain grey")], [
    [],
    true,
  ]);
  const [, early] = text([30, 9, 8], null);
  assertStringIncludes(early, "The grid ends at 16/255");
});

Deno.test("transferReport() unmasks a model by paired images, and counts what AutoAttack missed", () => {
  const report = transferReport(madeUpTransfers(), SETTING, RULES), [relu, gelu] = report.rows;
  assertEquals([relu.clean, relu.own], [0.75, { fgsm: 0.7, pgd: 0 }]);
  const { source, accuracy, p, beats_own } = strongest(relu, "fgsm");
  assertEquals([source, accuracy, beats_own], ["fgsm/gelu", 0.2, true]);
  // 20 images lost and none won: 2 / 2^20 for a fair coin, with one other source
  assertAlmostEquals(p, 2 ** -19, 1e-12);
  // its own PGD leaves nothing, which nothing can beat
  assertEquals(strongest(relu, "pgd").source, "fgsm/relu");
  assertEquals(gelu.sources.fgsm.map((one) => one.beats_own), [false, false]);
  // images 0 and 1 fall for ReLU's step, and AutoAttack left them
  assertEquals(gelu.attack, { name: "autoattack", accuracy: 0.3, missed: 2 });
  assertEquals(report.findings.map(({ kind, row, text }) => [kind, row, text]), [
    [
      "transfer-beats-own",
      "fgsm/relu",
      "FGSM ReLU: FGSM examples made on FGSM GELU leave 20.0 % right, the model's own 70.0 %: its " +
      "gradients hide better examples from FGSM (gradient masking) " +
      "(docs/flags.md#transfer-beats-own)",
    ],
    [
      "transfer-beats-attack",
      "fgsm/gelu",
      "FGSM GELU: 2 of the 12 images that AutoAttack-Linf left robust fall for examples of other " +
      "models (docs/flags.md#transfer-beats-attack)",
    ],
  ]);
  const text = transferText(report, RULES);
  assertStringIncludes(text, "FGSM      ReLU          1   75.0      70.0   20.0!       2");
  assertStringIncludes(text.replaceAll("\n", " "), "Models by number: 1 FGSM ReLU, 2 FGSM GELU.");
  assert(widest(text) <= 100);
});

Deno.test("transferReport() finds nothing where all models are the same", () => {
  const right = { fgsm: [0, 1, 2], pgd: [0, 1] };
  const sources = { "examples:fgsm:relu": { right }, "examples:fgsm:gelu": { right } };
  const record = { images: 9, epsilon: 0.1, clean: [0, 1, 2, 3], sources, attack: null };
  const cells = ["transfer:fgsm:relu", "transfer:fgsm:gelu"].map((cell) => [cell, record] as const);
  const report = transferReport(cells, SETTING, RULES);
  assertEquals(report.findings, []);
  for (const row of report.rows) {
    for (const { accuracy, p } of row.sources.fgsm) assertEquals([accuracy, p], [row.own.fgsm, 1]);
  }
});

Deno.test("surfaceText() has a ridge off a quadratic, and a bowl that is one", () => {
  const report = surfaceReport(madeUpSurfaces(), SETTING);
  const text = surfaceText(report, RULES);
  assertStringIncludes(text, "up to 16/255 to either side");
  const [relu, gelu] = text.split("\n").filter((line) => line.startsWith("FGSM   "));
  const share = (line: string) => Number(line.trim().split(/ +/).at(-1));
  assert(share(relu) > 1 && share(gelu) < 1e-9, text);
  assert(widest(text) <= 100);
});

Deno.test("ridges() draws a grid from back to front inside of its box", () => {
  const lines = ridges([[0, 1], [0, 0], [2, 0]], { width: 100, height: 50 });
  assertEquals(lines.map(({ line }) => line), [
    "M28.0 30.0L100.0 15.0",
    "M14.0 40.0L86.0 40.0",
    "M0.0 20.0L72.0 50.0",
  ]);
  assert(lines.every(({ line, ground }) => ground.startsWith(line) && ground.endsWith("Z")));
  const many = Array.from({ length: 25 }, (_, i) => [i, 0]);
  assertEquals(fewerLines(many).map(([i]) => i), Array.from({ length: 13 }, (_, i) => 2 * i));
  assertEquals(fewerLines(many.slice(0, 24)).length, 24);
  // a flat surface has no scale of its own
  assertEquals(ridges([[3, 3], [3, 3]], { width: 10, height: 10 })[1].line, "M0.0 10.0L7.2 10.0");
});

Deno.test("dialReport() puts rows on the values of one parameter", () => {
  const row = (activation: string, correct: number, collapsed: boolean) => ({
    ...{ method: "fgsm", activation },
    collapses: collapsed ? [{ seed: 1, epoch: 3, recovered: false }] : [],
    values: { pgd50: { percent: 0, seeds: [{ seed: 1, correct, images: 8 }] } },
  });
  const rows = [row("softplus-10", 1, true), row("softplus", 4, false), row("relu", 0, true)];
  const values = { softplus: 1, "softplus-10": 10 };
  const dials = [{ part: "activation", rule: "softplus", parameter: "beta", values }] as const;
  const table = { data: "noise", columns: ["clean", "pgd50"], rows } as never;
  const rules = {
    ...RULES,
    activation: { softplus: { title: "Softplus", kind: "smooth" } },
  } as const;
  const report = dialReport(table, { profile: "demo", dials }, rules);
  assertEquals(report.dials[0].title, "beta of Softplus");
  assertEquals(report.dials[0].lines, [{
    ...{ name: "fgsm", title: "FGSM" },
    points: [
      {
        ...{ name: "softplus", value: 1, accuracy: 0.5 },
        seeds: [{ seed: 1, accuracy: 0.5, collapsed: false }],
      },
      {
        ...{ name: "softplus-10", value: 10, accuracy: 0.125 },
        seeds: [{ seed: 1, accuracy: 0.125, collapsed: true }],
      },
    ],
  }]);
  assertStringIncludes(dialText(report, rules), "        10   12.5  1 of 1 collapsed");
});

Deno.test("readers of measured cells refuse what their stages do not write", () => {
  const [[, curve]] = madeUpCurves(),
    [[, moved]] = madeUpTransfers(),
    [[, bowl]] = madeUpSurfaces();
  assertEquals(readCurve("f", JSON.stringify(curve)), curve);
  assertEquals(readTransfer("f", JSON.stringify(moved)), moved);
  assertEquals(readSurface("f", JSON.stringify(bowl)), bowl);
  const cases: [read: (file: string, text: string) => unknown, content: unknown, text: string][] = [
    [readCurve, { ...curve, accuracy: [1] }, "expected accuracy to be one for each radius"],
    [readTransfer, { ...moved, sources: { a: {} } }, "expected sources to have images of each"],
    [readTransfer, {}, "expected clean to be a list of images"],
    [readSurface, { ...bowl, points: 4 }, "expected mean to be a loss for each point"],
  ];
  for (const [read, content, text] of cases) {
    assertThrows(() => read("f.json", JSON.stringify(content)), SyntaxError, text);
  }
  assertThrows(() => readRecord("f.json", "{", () => ({})), SyntaxError, "not valid JSON");
  assertThrows(
    () => cellRows("curve", [["surface:a:b", 1]]),
    RangeError,
    'Cannot read "surface:a:b": expected the id of a curve cell such as curve:fgsm:gelu@2',
  );
});
