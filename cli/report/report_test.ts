import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { RULES } from "../../lib/report/_fixture.ts";
import { readObject } from "../common/read_object.ts";
import { collect } from "./collect.ts";
import { factsByCell } from "./facts.ts";
import { fillStore } from "./_fixture.ts";
import { markup, type Part, raw } from "./html.ts";
import { reportPage } from "./mod.ts";
import { encodePng } from "./png.ts";
import { fittingScale, linearScale } from "./scale.ts";
import { chosenImages } from "./examples.ts";
import { conclusion } from "./sections/discussion.ts";
import { permitted } from "../../tests/permitted.ts";
import { writeReport } from "./write.ts";

const ROWS = ["igr/relu", "igr/gelu", "fgsm/relu", "fgsm/gelu"];
const commands = (cells: readonly string[]) => [`deno task stage ${cells.join(" ")}`];

permitted(
  "writeReport() leaves a page that answers first, and says that nothing is there",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "report_" });
    try {
      const store = await fillStore(folder, { rows: ROWS, rules: RULES });
      assertEquals(await writeReport({ store, profile: "none", commands }), undefined);
      const written = await writeReport({ store, profile: "demo", commands });
      assertEquals(written!.path, join(store.results("demo"), "report.html"));
      const page = await Deno.readTextFile(written!.path);
      const { questions, sentence } = JSON.parse(
        (await readObject(
          store,
          store.latest("demo", "aggregate")!.outputs["verdict.json"].digest,
        ))!,
      );
      assertEquals(written!.sentence, sentence);
      for (const { question } of questions) assertStringIncludes(page, `<h3>${question}</h3>`);
      assert(page.indexOf("Is smoothness all you need?") < page.indexOf('id="verdict"'));
      assert(page.indexOf('id="verdict"') < page.indexOf('id="table"'));
      assertEquals(page.match(/<button type="button" data-number=/g)?.length, ROWS.length * 3);
      assertStringIncludes(page, "overfits from epoch 9");
      assertStringIncludes(page, 'alt="Test image');
      assert(!/<link|<iframe|@import|url\(|src="(?!data:)|href="(?!data:|#)|class <\d/.test(page));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

permitted("reportPage() needs neither verdict, histories, verdicts nor examples", async () => {
  const folder = await Deno.makeTempDir({ prefix: "report_" });
  try {
    const store = await fillStore(folder, { rows: ROWS, rules: RULES });
    const data = (await collect({ store, profile: "demo", commands }))!;
    const page = reportPage({
      ...data,
      verdict: undefined,
      ...{ histories: {}, verdicts: {}, examples: [], files: [], traces: [], cells: [] },
    });
    for (const id of ["verdict", "figure1", "waterfall", "examples", "discussion", "files"]) {
      assert(!page.includes(`<section id="${id}"`), id);
    }
    assertStringIncludes(page, "made before there were verdicts");
    assertStringIncludes(page, '<section id="table"');
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("markup escapes what it is given, and leaves out what is not there", () => {
  const name = '<b a="1">&';
  const parts: Part[] = [undefined, null, false, 0, [markup`<i>${name}</i>`, raw("<hr>")]];
  assertEquals(
    markup`${name}|${parts}`.html,
    "&lt;b a=&quot;1&quot;&gt;&amp;|0<i>&lt;b a=&quot;1&quot;&gt;&amp;</i><hr>",
  );
});

Deno.test("encodePng() is a PNG whose pixels are as given", async () => {
  const pixels = Uint8Array.from([255, 0, 0, 0, 255, 0, 1, 2, 3, 4, 5, 6]);
  const png = encodePng(pixels, 2, 2), view = new DataView(png.buffer);
  assertEquals([view.getUint32(0), view.getUint32(16), view.getUint32(20)], [0x89504e47, 2, 2]);
  const length = view.getUint32(33), packed = png.slice(41, 41 + length);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const rows = new Uint8Array(await new Response(stream).arrayBuffer());
  assertEquals([...rows], [0, 255, 0, 0, 0, 255, 0, 0, 1, 2, 3, 4, 5, 6]);
});

Deno.test("fittingScale() bends an axis only where few values are far larger than most", () => {
  assertEquals(fittingScale([1, 2, 3]).kind, "linear");
  assertEquals(fittingScale([0, 0, 0]).kind, "linear");
  assertEquals(fittingScale([1, 2, 3, 400]).kind, "logarithmic");
  const scale = fittingScale([0.1, 0.2, 0.1, -9]);
  assertEquals(scale.kind, "symmetric-logarithmic");
  const places = [-9, -1, -0.1, 0, 0.1, 0.2].map(scale.place);
  assertEquals(places, places.toSorted((a, b) => a - b));
  assert(places[0] > 0 && places[5] < 1);
  assert(scale.ticks.includes(0) && scale.ticks.includes(-1), String(scale.ticks));
  assertEquals(linearScale([], 0, 40).ticks, [0, 10, 20, 30, 40]);
});

Deno.test("chosenImages() are those that part the rows, as many as fit a page", () => {
  const verdicts = (broken: number[], wrong: number[] = []) => ({
    verdicts: Array.from({ length: 9 }, (_, index) => ({
      ...{ index, label: 0, clean_correct: !wrong.includes(index), robust: false, margin: 0 },
      broken_by: broken.includes(index) ? "apgd-ce" : null,
    })),
  });
  assertEquals(chosenImages([verdicts([2, 5], [0]), verdicts([5, 7])]), [1, 2, 3, 7]);
  assertEquals(chosenImages(Array(40).fill(verdicts([3]))).length, 1);
  assertEquals(chosenImages([]), []);
});

Deno.test("factsByCell() tells what is a cell's own from what all of its kind have", () => {
  const cell = (name: string, lambda: number, seed: string) => ({
    ...{ cell: name, stage: "train", key: name, code: "c", seed, inputs: {}, outputs: {} },
    ...{ parameters: { lambda, recipe: { epochs: 3 } }, metrics: {} },
    provenance: { started: "", finished: "", seconds: 1, host: "vm" },
  });
  const cells = [cell("train:a", 1, "7"), cell("train:b", 2, "7")] as never[];
  const { of, shared } = factsByCell(cells);
  assertEquals(of(cells[1]).differing, [["parameter", "lambda 2"], ["key", "train:b"]]);
  assertEquals(shared("train"), [
    ["code", "c"],
    ["seed", "7"],
    ["parameter", "recipe.epochs 3"],
    ["host", "vm"],
  ]);
});

Deno.test("conclusion() keeps apart what suffices and what is necessary", () => {
  const said = (sufficient: string, necessary: string) =>
    conclusion({
      questions: [
        { id: "sufficient", answer: sufficient },
        { id: "necessary", answer: necessary },
      ] as never,
    });
  for (
    const [sufficient, necessary, words] of [
      ["yes", "yes", "is all one needs: it suffices"],
      ["yes", "no", "smoothness helps, and it is not all"],
      ["yes", "not decided", "whether anything else does is not decided"],
      ["no", "yes", "is not all one needs"],
      ["not decided", "yes", "robustness is lost without smoothness"],
      ["not decided", "no", "is not what robustness hangs on"],
      ["cannot be said from these rows", "not decided", "do not decide"],
    ]
  ) assertStringIncludes(said(sufficient, necessary), words);
  assertStringIncludes(conclusion({ questions: [] }), "do not decide");
});
