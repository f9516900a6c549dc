import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { RULES } from "../../lib/report/_fixture.ts";
import * as made from "../../lib/report/_readings_fixture.ts";
import { madeUpTraining } from "./_fixture.ts";
import { collapseFigure } from "./collapse_figure.ts";
import { figure1 } from "./figure1.ts";
import { groupSeeds } from "./series.ts";
import { readingsFigure } from "./readings_figure.ts";
import { sheetSvg } from "./sheet.ts";
import { trainingFigure } from "./training_figure.ts";

const groups = (rows: string[], seeds = 1, epochs = 12) =>
  groupSeeds(rows.flatMap((row) => {
    const [method, activation] = row.split("/");
    return Array.from(
      { length: seeds },
      (_, i) => madeUpTraining(method, activation, i + 1, epochs),
    );
  }));

Deno.test("figure1() shows the trainings with FGSM alone, each in both panels", () => {
  const svg = figure1(groups(["igr/gelu", "fgsm/relu", "fgsm/softplus"]), "demo profile", RULES);
  assertEquals(svg.match(/>ReLU<\/text>/g)?.length, 2);
  assertEquals(svg.match(/>Softplus<\/text>/g)?.length, 2);
  assert(!svg.includes("GELU"));
  assertStringIncludes(svg, "during FGSM training: ReLU and Softplus");
  assertStringIncludes(svg, "Dashed: ReLU, piecewise linear");
});

Deno.test("figure1() says what it shows where nothing was trained with FGSM", () => {
  const svg = figure1(groups(["igr/gelu", "natural/gelu"]), "demo profile", RULES);
  assertStringIncludes(svg, "during IGR and Natural training: IGR GELU and Natural GELU");
  assert(!svg.includes("Dashed"));
});

Deno.test("figure1() says when its axis is logarithmic", () => {
  const overfitted = figure1(groups(["fgsm/relu", "fgsm/gelu"]), "demo profile", RULES);
  assertStringIncludes(overfitted, "; logarithmic axis");
  assert(!figure1(groups(["fgsm/gelu"]), "demo profile", RULES).includes("logarithmic"));
});

Deno.test("figures name the seeds that a band stands for", () => {
  for (const draw of [figure1, trainingFigure]) {
    assertStringIncludes(
      draw(groups(["fgsm/gelu"], 3), "p", RULES),
      "mean of 3 seeds, band: their range",
    );
    assert(!draw(groups(["fgsm/gelu"]), "p", RULES).includes("their range"));
  }
});

Deno.test("figures set a long setting smaller, so that it is read to its end", () => {
  const long = "small profile, unknown images (no known set: training images with SHA-256 " +
    "0123456789ab, test images with SHA-256 0123456789ab) data, PreActResNet18 of width 64, 100 epochs";
  for (const draw of [figure1, trainingFigure]) {
    for (const [setting, largest] of [["demo profile", 12.5], [long, 9.5]] as const) {
      const svg = draw(groups(["fgsm/gelu"]), setting, RULES);
      const [, size] = svg.match(new RegExp(`font-size="([\\d.]+)"[^>]*>${setting.slice(0, 13)}`))!;
      assert(Number(size) <= largest && Number(size) > largest - 1.5, `${setting}: ${size}`);
    }
  }
});

Deno.test("trainingFigure() has a panel a row", () => {
  const svg = trainingFigure(
    groups(["igr/gelu", "igr/relu", "fgsm/gelu", "fgsm/relu"]),
    "p",
    RULES,
  );
  assertEquals(svg.match(/<g transform="translate\(\d+,\d+\)">/g)?.length, 4);
  assertEquals(svg.match(/aria-label="line"/g)?.length, 4 * 3);
});

Deno.test("readingsFigure() has a dot and the paper's mark for each row, the nearest reading first", () => {
  const names = ["far", "near"];
  const readings = made.build(
    [...made.FAR, ...made.NEAR],
    names.map((name) => made.reading(name, ...made.rowsOf(name))),
  );
  const svg = readingsFigure(readings, "demo profile", made.RULES);
  assertEquals(svg.match(/<circle/g)?.length, 6 + 1, "and one in the legend");
  assertEquals(svg.match(/<path/g)?.length, 6 + 1);
  assert(svg.indexOf(">near<") < svg.indexOf(">far<"));
  assertStringIncludes(svg, "points, the nearest");
  assertStringIncludes(svg, "points, farther");
  assertStringIncludes(svg, "near comes nearest to the paper");
});

Deno.test("sheetSvg() escapes its texts and keeps italics", () => {
  const svg = sheetSvg({
    width: 10,
    height: 10,
    title: 'a "<b>"',
    description: "c & d",
    captions: [{ x: 1, y: 2, text: "*R* < <script>", size: 12 }],
    panels: [],
  });
  assertStringIncludes(svg, 'aria-label="a &quot;&lt;b&gt;&quot;"');
  assertStringIncludes(svg, "<desc>c &amp; d</desc>");
  assertStringIncludes(svg, '<tspan font-style="italic">R</tspan> &lt; &lt;script&gt;');
});

Deno.test("collapseFigure() has a cell for each row, with a filled square for each collapsed seed", () => {
  const seeds = [1, 2, 3].map((seed) => ({ seed, correct: 0, images: 8 }));
  const row = (method: string, activation: string, percent: number, ...collapsed: number[]) => ({
    method,
    activation,
    collapses: collapsed.map((seed) => ({ seed, epoch: 2, recovered: false })),
    values: { clean: { percent: 50, seeds }, pgd50: { percent, seeds } } as never,
  });
  const rows = [row("fgsm", "relu", 3.5, 1, 3), row("fgsm", "gelu", 31), row("igr", "gelu", 29.5)];
  const svg = collapseFigure(
    { data: "synthetic-v1", columns: ["clean", "pgd50"], rows },
    "demo profile",
    RULES,
  );
  for (const text of ["under PGD-50", ">FGSM<", ">IGR<", ">ReLU<", ">GELU<", ">3.5<", ">29.5<"]) {
    assertStringIncludes(svg, text);
  }
  // one stands in the key
  assertEquals(svg.match(/fill="#d55e00"/g)?.length, 2 + 1);
  assertEquals(svg.match(/fill="none"/g)?.length, 3 * 3 - 2 + 1);
});

Deno.test("figures mark the epoch of a collapse on its line, and say what the mark is", () => {
  const rows = groups(["fgsm/relu", "fgsm/gelu"]),
    crosses = (svg: string) =>
      svg.match(/<path [^>]*stroke-width="2.2"|<g [^>]*stroke-width="2.2"/g)?.length ?? 0;
  const marked = rows.map((group) => ({
    ...group,
    collapses: group.activation === "relu" ? [{ seed: 1, epoch: 6, recovered: false }] : [],
  }));
  // on both panels of Figure 1, and on the line of PGD-10
  for (const [draw, count] of [[figure1, 2], [trainingFigure, 1]] as const) {
    const svg = draw(marked, "demo profile", RULES);
    assertEquals(crosses(svg), count);
    assertStringIncludes(svg, "×: a training collapsed by this epoch");
    const without = draw(rows, "demo profile", RULES);
    assertEquals([crosses(without), without.includes("×")], [0, false]);
  }
});
