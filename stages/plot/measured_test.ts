import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import {
  madeUpCurves,
  madeUpSurfaces,
  madeUpTransfers,
} from "../../lib/report/measured/_fixture.ts";
import type { Stage } from "../../pipeline/cells/stage.ts";
import { permitted } from "../../tests/permitted.ts";
import { jobRules, runStage } from "../_run_stage.ts";
import { type Job, StageFailure } from "../job.ts";
import { run as runCurve } from "./curve_main.ts";
import { run as runDial } from "./dial_main.ts";
import { curveReport, dialReport, surfaceReport, transferReport } from "./mod.ts";

const RULES = jobRules({
  architecture: ["small-cnn"],
  method: ["fgsm"],
  activation: ["relu", "gelu"],
  attack: ["apgd-ce", "autoattack"],
});

const data = {
  "fetch:cifar10": { "dataset.json": JSON.stringify({ name: "noise", classes: ["a", "b"] }) },
};

const cells = (name: string, records: readonly (readonly [cell: string, record: object])[]) => ({
  ...data,
  ...Object.fromEntries(
    records.map(([cell, record]) => [cell, { [`${name}.json`]: JSON.stringify(record) }]),
  ),
});

const CASES: readonly [
  name: string,
  stage: Stage,
  inputs: Parameters<typeof runStage>[2],
  parts: readonly string[],
][] = [
  ["curve", curveReport, cells("curve", madeUpCurves()), [
    "demo profile, noise data, 40 test images, APGD-CE, 30 iterations",
    "means over 2 seeds",
  ]],
  ["transfer", transferReport, cells("transfer", madeUpTransfers()), [
    "40 test images, epsilon 8/255, first seed",
    "FGSM ReLU",
  ]],
  ["surface", surfaceReport, cells("surface", madeUpSurfaces()), [
    "Mean over 6 test images",
    "Test image 3",
  ]],
];

for (const [name, stage, inputs, parts] of CASES) {
  permitted(
    `${stage.name} leaves text, JSON and a figure, with no permission beyond its files`,
    async () => {
      const job = { cell: name, stage: stage.name, parameters: { profile: "demo" }, rules: RULES };
      const { code, errors, outputs, messages } = await runStage(stage.entry, job, inputs);
      assertEquals([code, errors, messages.at(-1)?.kind], [0, "", "result"]);
      assertEquals(Object.keys(outputs).sort(), [...stage.outputs].sort());
      const text = (file: string) => new TextDecoder().decode(outputs[file]);
      const { profile, rows } = JSON.parse(text(`${name}.json`));
      assertEquals([profile, rows.length], ["demo", 2]);
      const svg = text(`${name}.svg`);
      for (const part of [...parts, "GELU"]) assertStringIncludes(svg, part);
      assertEquals([svg.includes("NaN"), svg.includes("Infinity")], [false, false]);
    },
  );
}

permitted("dial-report draws rows that differ in one parameter", async () => {
  const value = (correct: number) => ({ percent: 1, seeds: [{ seed: 1, correct, images: 8 }] });
  const rows = ["softplus", "sharp"].map((activation, i) => ({
    ...{ method: "fgsm", activation, values: { clean: value(6), autoattack: value(4 - 3 * i) } },
    collapses: i === 0 ? [] : [{ seed: 1, epoch: 2, recovered: false }],
  }));
  const table = JSON.stringify({ data: "noise", columns: ["clean", "autoattack"], rows });
  const values = { softplus: 1, sharp: 20 };
  const dials = [{ part: "activation", rule: "softplus", parameter: "beta", values }];
  const job = {
    ...{ cell: "dial", stage: "dial-report", parameters: { profile: "demo", dials } },
    rules: jobRules({ method: ["fgsm"], activation: ["softplus"], attack: ["autoattack"] }),
  };
  const inputs = { aggregate: { "table1.json": table } };
  const { code, errors, outputs } = await runStage(dialReport.entry, job, inputs);
  assertEquals([code, errors], [0, ""]);
  assertEquals(Object.keys(outputs).sort(), [...dialReport.outputs].sort());
  const svg = new TextDecoder().decode(outputs["dial.svg"]);
  for (const part of ["beta of Softplus", ">FGSM<"]) assertStringIncludes(svg, part);
  assertEquals(svg.includes("NaN"), false);
});

permitted("reports of measured models say what is missing", async () => {
  const job: Job = {
    ...{ cell: "curve", stage: "curve-report", parameters: { profile: "demo" }, rules: RULES },
    ...{ inputs: data as never, seed: "0", work: "", output: "", engine: { kind: "cpu" } },
  };
  const text = "Cannot report curve: no curve cell among the inputs";
  await assertRejects(() => runCurve(job), StageFailure, text);
  await assertRejects(
    () => runDial({ ...job, parameters: { profile: "demo", dials: [] } }),
    StageFailure,
    'Cannot draw dials: "table1.json" of aggregate is not among the inputs',
  );
});
