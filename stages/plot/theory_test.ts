import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { madeUpCells, madeUpTheory, RELU } from "../../lib/report/_theory_fixture.ts";
import { permitted } from "../../tests/permitted.ts";
import { jobRules, runStage } from "../_run_stage.ts";
import { StageFailure } from "../job.ts";
import { theoryReport } from "./mod.ts";
import { theoryRows } from "../../lib/report/theory_rows.ts";
import { symmetricTicks } from "./theory_axes.ts";
import { theoryFigure } from "./theory_figure.ts";
import { run } from "./theory_main.ts";

const JOB = {
  cell: "theory",
  stage: "theory-report",
  parameters: { profile: "demo" },
  rules: jobRules({
    architecture: ["small-cnn"],
    method: ["fgsm"],
    activation: ["relu", "gelu"],
  }),
};

const inputs = () => ({
  "fetch:cifar10": {
    "dataset.json": JSON.stringify({ name: "noise", classes: ["a", "b"] }),
  },
  ...Object.fromEntries(
    Object.entries(madeUpCells()).map(([cell, record]) => [
      cell,
      { "theory.json": JSON.stringify(record) },
    ]),
  ),
});

permitted(
  "theory-report leaves text, JSON and a figure, with no permission beyond its files",
  async () => {
    const { code, errors, outputs, messages } = await runStage(theoryReport.entry, JOB, inputs());
    assertEquals([code, errors], [0, ""]);
    assertEquals(Object.keys(outputs).sort(), [...theoryReport.outputs].sort());
    const text = (name: string) => new TextDecoder().decode(outputs[name]);
    assertEquals(messages.at(-1), {
      ...{ kind: "result", metrics: { models: 4 }, provenance: {} },
    });
    const { profile, data, rows } = JSON.parse(text("theory.json"));
    assertEquals([profile, data, rows.length, rows[0].seeds.length], ["demo", "noise", 2, 2]);
    assertStringIncludes(text("theory.txt"), "The theory, measured. demo profile, noise data");
    const svg = text("theory.svg");
    for (const part of ["demo profile, noise data, 8 test images", ">ReLU<", ">GELU<", ">kink<"]) {
      assertStringIncludes(svg, part);
    }
    // a band and a line for each of the two rows' frames, none of them empty or broken
    assertEquals(svg.includes("NaN"), false);
    assertStringIncludes(svg, "means over 2 seeds");
  },
);

permitted("theory-report fails with the reason where there is nothing to report", async () => {
  const job = { ...JOB, inputs: {}, seed: "0", work: "", output: "", engine: { kind: "cpu" } };
  await assertRejects(
    () => run(job),
    StageFailure,
    "Cannot report theory: no theory cell among the inputs",
  );
});

Deno.test("theoryFigure() draws models whose R is 0 at all radii", () => {
  const { per_image: _, ...record } = madeUpTheory({ activation: RELU, curvature: 0 });
  const rows = theoryRows([["theory:fgsm:relu", record]]);
  const rules = { method: {}, activation: {} };
  const svg = theoryFigure(rows, "demo profile", rules);
  assertEquals([svg.includes("NaN"), svg.includes("Infinity")], [false, false]);
  assertStringIncludes(svg, ">kink<");
});

Deno.test("symmetricTicks() takes powers of ten of either sign, not too many", () => {
  assertEquals(symmetricTicks(0, 0.02), [0, 0.001, 0.01]);
  assertEquals(symmetricTicks(-25, 0.0005), [-10, -0.1, -0.001, 0]);
});
