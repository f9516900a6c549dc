/** What a paper takes of made-up results. @module */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { RULES } from "../../lib/report/_fixture.ts";
import { permitted } from "../../tests/permitted.ts";
import { fillStore } from "../report/_fixture.ts";
import { collect } from "../report/collect.ts";
import type { ReportData } from "../report/data.ts";
import { fittingAxis } from "./bent_axis.ts";
import { paperTex } from "./files.ts";
import { svgToPdf } from "./pdf.ts";
import { writePaper } from "./write.ts";

const ROWS = ["igr/relu", "igr/gelu", "fgsm/relu", "fgsm/gelu"];

async function made(
  use: (data: ReportData, folder: string) => Promise<void> | void,
  rows = ROWS,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "paper_" });
  try {
    const store = await fillStore(folder, { rows, seeds: 2, images: 24, rules: RULES });
    const results = { store, profile: "demo", commands: () => [] };
    await use((await collect(results))!, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Numbers of `\addplot` lines that have an option. */
const plotted = (tex: string, option: string): number[][][] =>
  tex.split("\n").filter((line) => line.includes("\\addplot") && line.includes(option))
    .map((line) =>
      [...line.matchAll(/\(([^(),]+),([^(),]+)\)/g)].map(([, x, y]) => [Number(x), Number(y)])
    );

permitted(
  "paperTex() has the table's numbers and trainings, and says where they are from",
  () =>
    made((data) => {
      const { "dots.tex": dots, "figure1.tex": figure, "example.tex": example } = paperTex({
        data,
      });
      const { rows, columns } = data.table;
      const marks = (mark: string) => plotted(dots, `mark=${mark},`).flat();
      const expected = (kinked: boolean) =>
        columns.flatMap((column) =>
          rows.flatMap(({ activation, values }, i) =>
            (activation === "relu") === kinked
              ? [[Number(values[column].percent.toPrecision(5)), i]]
              : []
          )
        );
      assertEquals(marks("square*"), expected(true));
      assertEquals(marks("*"), expected(false));
      assertEquals(
        marks("diamond"),
        columns.flatMap((column) =>
          rows.flatMap(({ values: { [column]: { paper } } }, i) =>
            paper === null ? [] : [[paper, i]]
          )
        ),
      );
      // Figure 1 has the rows trained with FGSM, means over seeds
      const [, norm] = plotted(figure, "thick]"), epochs = data.histories["train:fgsm:gelu"].length;
      assertEquals(norm.length, epochs);
      const norms = ["", "@2"].map((seed) =>
        data.histories[`train:fgsm:gelu${seed}`].at(-1)!.input_gradient_norm!
      );
      const last = plotted(figure, "thick]").at(-1)!.at(-1)!;
      assertEquals(last, [epochs, Number(((norms[0] + norms[1]) / 2).toPrecision(5))]);
      assertEquals(plotted(figure, "mark=x").flat().map(([epoch]) => epoch), [9, 10, 9, 10]);
      const { key } = data.cells.find(({ cell }) => cell === "aggregate")!;
      for (const tex of [dots, figure]) {
        const line = `Profile demo, commit c0ffee, cell aggregate, key ${key.slice(0, 12)}`;
        assertEquals(tex.split(line).length, 3, "in a comment and in small print");
        assertMatch(tex, /\\definecolor\{smoothnessa\}\{HTML\}\{D55E00\}/);
      }
      assertStringIncludes(example, "\\input{dots}");
      assert(!example.includes("table1") && !example.includes("theory"));
    }),
);

permitted(
  "paperTex() lets no name be a command, and leaves out what is no number",
  () =>
    made((data) => {
      const { "dots.tex": dots } = paperTex({ data });
      assertStringIncludes(dots, "{IGR \\textbackslash{}input\\{x\\}\\%}");
      const table = structuredClone(data.table), value = table.rows[1].values.pgd50;
      Object.assign(value, {
        percent: null,
        interval: { low: null, high: null, half_width: null },
      });
      const { "dots.tex": less } = paperTex({ data: { ...data, table } });
      assert(!less.includes("nan"));
      assertEquals(plotted(less, "mark=*").length, plotted(dots, "mark=*").length - 1);
    }, ["igr/\\input{x}%", "igr/gelu"]),
);

Deno.test("fittingAxis() writes places where few values are far larger than most, else the values", () => {
  assertEquals(fittingAxis([1, 2, 3]).written(2), 2);
  assertEquals(fittingAxis([1, 2, 3, 900]).options, ["ymode=log,"]);
  const { written, options } = fittingAxis([-40, -0.01, 0.01, 0.02]);
  assert(written(-40) > 0 && written(-40) < written(0) && written(0.02) < 1);
  assertStringIncludes(options.join(), "yticklabels={$-10$");
});

const SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200" width="400" ' +
  'height="200"><path d="M0 0L400 200" stroke="black"/><text x="9" y="20">R of ε</text></svg>';

permitted(
  "svgToPdf() gives one page, the same bytes each time, and refuses what has no size",
  async () => {
    const origin = { title: "A figure", line: "Profile demo" }, date = new Date(0);
    const [one, other] = [await svgToPdf(SVG, origin, date), await svgToPdf(SVG, origin, date)];
    assertEquals(one, other);
    const text = new TextDecoder("latin1").decode(one);
    assert(
      text.startsWith("%PDF-") && text.includes("/MediaBox [0 0 486 251]"),
      text.slice(0, 300),
    );
    assertEquals(text.match(/\/Type \/Page\b/g)?.length, 1);
    let problem = "";
    await svgToPdf("<svg></svg>", origin, date).catch((error) => problem = error.message);
    assertEquals(problem, 'Cannot write a PDF: the SVG has no viewBox="0 0 width height"');
  },
);

/** The path of pdflatex with pgfplots, if there is one. */
function findLatex(): boolean {
  try {
    const { success } = new Deno.Command("kpsewhich", {
      args: ["pgfplots.sty"],
      stderr: "null",
    }).outputSync();
    return success;
  } catch {
    return false;
  }
}

const latex = (await Deno.permissions.query({ name: "run" })).state === "granted" && findLatex();

permitted({
  name: `writePaper() writes what pdflatex takes${latex ? "" : " (skipped: no pgfplots)"}`,
  ignore: !latex,
  fn: () =>
    made(async (_, folder) => {
      const { openStore } = await import("../../pipeline/store/store.ts");
      const results = { store: openStore(folder), profile: "demo", commands: () => [] };
      const paper = join(folder, "paper"), files = await writePaper(results, paper);
      assertEquals(files, [
        ...["figure1.tex", "dots.tex", "example.tex", "figure1.pdf", "training.pdf"],
      ]);
      const { success, stdout } = await new Deno.Command("pdflatex", {
        args: ["-interaction=nonstopmode", "-halt-on-error", "-draftmode", "example.tex"],
        cwd: paper,
      }).output();
      const log = new TextDecoder().decode(stdout);
      assert(success, log.slice(-2000));
      assert(!log.includes("Overfull"), log.match(/Overfull.*/)?.[0]);
    }),
});
