import { outputsOf } from "../../pipeline/cells/outputs.ts";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { jobRules, runStage } from "../_run_stage.ts";
import * as made from "../../lib/report/_readings_fixture.ts";
import { madeUpTraining } from "./_fixture.ts";
import { plot } from "./mod.ts";
import { permitted } from "../../tests/permitted.ts";

const JOB = {
  cell: "plot",
  stage: "plot",
  parameters: { profile: "demo" },
  rules: jobRules({
    architecture: ["preact-resnet18"],
    method: ["igr", "fgsm"],
    activation: ["relu", "gelu"],
  }),
};

/** What `aggregate` says of two of the rows. */
const tableOf = (data: string) =>
  JSON.stringify({
    data,
    columns: ["clean", "pgd50"],
    rows: ["relu", "gelu"].map((activation) => {
      const value = { percent: 12.5, seeds: [{ seed: 1, correct: 1, images: 8 }] };
      const collapses = activation === "relu" ? [{ seed: 1, epoch: 3, recovered: false }] : [];
      return { method: "fgsm", activation, collapses, values: { clean: value, pgd50: value } };
    }),
  });

function inputs(epochs = 4) {
  const files: Record<string, Record<string, string>> = {
    aggregate: { "table1.json": tableOf("synthetic-v1") },
  };
  for (const row of ["igr:gelu", "fgsm:relu", "fgsm:gelu"]) {
    const [method, activation] = row.split(":");
    const { history } = madeUpTraining(method, activation, 1, epochs);
    files[`train:${row}`] = {
      "card.json": JSON.stringify({ width: 8 }),
      "history.json": JSON.stringify({
        epochs: history.epochs,
        probe_images: history.probeImages,
        held_out_images: history.heldOutImages,
      }),
    };
  }
  return files;
}

permitted(
  "plot leaves the same figures each time, with no permission beyond its files",
  async () => {
    const first = await runStage(plot.entry, JOB, inputs());
    assertEquals([first.code, first.errors], [0, ""]);
    assertEquals(Object.keys(first.outputs).sort(), [...plot.outputs].sort());
    const second = await runStage(plot.entry, JOB, inputs());
    for (const name of plot.outputs) assertEquals(first.outputs[name], second.outputs[name], name);

    const svg = new TextDecoder().decode(first.outputs["figure1.svg"]);
    assertStringIncludes(svg, "First-order approximation during FGSM training: ReLU and GELU");
    assertStringIncludes(
      svg,
      "demo profile, synthetic-v1 data, PreActResNet18 of width 8, 4 epochs",
    );
    assertStringIncludes(svg, "256 held-out probe images");
    const other = inputs();
    other.aggregate["table1.json"] = tableOf("mine (no known set)");
    other.aggregate["readings.json"] = JSON.stringify(
      made.build(made.NEAR, [made.reading("near", ...made.rowsOf("near"))]),
    );
    const job = { ...JOB, parameters: { ...JOB.parameters, readings: true } };
    const named = await runStage(plot.entry, job, other);
    assertEquals(
      Object.keys(named.outputs).sort(),
      [...outputsOf({ stage: plot, parameters: job.parameters })].sort(),
    );
    for (const figure of ["figure1.svg", "training.svg", "collapse.svg", "readings.svg"]) {
      const text = new TextDecoder().decode(named.outputs[figure]);
      assertStringIncludes(text, "demo profile, mine (no known set) data,", figure);
    }
    assert(!svg.includes("IGR"));
    const training = new TextDecoder().decode(first.outputs["training.svg"]);
    for (const title of ["IGR GELU", "FGSM ReLU", "FGSM GELU"]) {
      assertStringIncludes(
        training,
        title,
      );
    }

    // PNG: signature, then width and height as big-endian numbers: twice the SVG's.
    const png = new DataView(first.outputs["figure1.png"].slice().buffer);
    assertEquals(png.getUint32(0), 0x89504e47);
    const [, width, height] = svg.match(/width="(\d+)" height="(\d+)"/)!;
    assertEquals([png.getUint32(16), png.getUint32(20)], [2 * Number(width), 2 * Number(height)]);
  },
);

permitted("plot fails with the reason where there is nothing to plot", async () => {
  const { code, messages } = await runStage(plot.entry, JOB, {});
  assertEquals([code, messages], [1, [{
    kind: "failure",
    text: "Cannot plot: no train cell among the inputs",
  }]]);
});
