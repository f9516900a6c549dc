import { outputsOf } from "../../pipeline/cells/outputs.ts";
import { createHash } from "node:crypto";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { jobRules, runStage } from "../_run_stage.ts";
import { fixtureFiles, REQUEST } from "./_fixture.ts";
import { aggregate } from "./mod.ts";
import { permitted } from "../../tests/permitted.ts";

const JOB = {
  cell: "aggregate",
  stage: "aggregate",
  parameters: { ...REQUEST },
  rules: jobRules({
    architecture: ["preact-resnet18"],
    method: ["igr", "fgsm"],
    activation: ["gelu"],
    attack: ["pgd50", "autoattack"],
  }),
};

permitted("aggregate leaves its declared outputs and headline numbers", async () => {
  const { code, messages, outputs, errors } = await runStage(aggregate.entry, JOB, fixtureFiles());
  assertEquals([code, errors], [0, ""]);
  assertEquals(Object.keys(outputs).sort(), [...aggregate.outputs].sort());
  assertEquals(messages, [{ kind: "result", metrics: { rows: 2, findings: 0 }, provenance: {} }]);
  const text = (name: string) => new TextDecoder().decode(outputs[name]);
  assertStringIncludes(text("table1.txt"), "75.0±0.0   82.5 │ 42.5±3.5   44.4 │");
  const table = JSON.parse(text("table1.json"));
  assertEquals(table.rows[1].values.autoattack.percent, 37.5);
  assertEquals([table.profile, table.data, table.images], ["demo", "synthetic-v1", 20]);
  assertEquals(table.checkpoint, "last");
  assertStringIncludes(text("table1.txt"), "last checkpoint");
  assertMatch(text("table1.txt"), /^ +seed 2 +│ 75.0 +│ 40.0 +│ 35.0$/m);
  const sha256 = createHash("sha256").update(outputs["table1.json"]).digest("hex");
  assertMatch(text("table1-paper.tex"), new RegExp(`^% Made of .* SHA-256 ${sha256}\n`));
  assertEquals(text("table1_seeds.csv").split("\n").length, 1 + 4 + 1);
});

permitted("aggregate judges the readings that it is given beside the paper", async () => {
  const readings = [{
    ...{ name: "one", text: "as the paper says" },
    rows: REQUEST.table.map((row) => ({ row, paper: row })),
  }];
  const job = { ...JOB, parameters: { ...REQUEST, readings } };
  const { errors, outputs } = await runStage(aggregate.entry, job, fixtureFiles());
  assertEquals(errors, "");
  assertEquals(
    Object.keys(outputs).sort(),
    [...outputsOf({ stage: aggregate, parameters: job.parameters })].sort(),
  );
  const text = (name: string) => new TextDecoder().decode(outputs[name]);
  assertStringIncludes(text("readings.txt"), "1 one: as the paper says");
  const { by, seeds, readings: [one] } = JSON.parse(text("readings.json"));
  // AutoAttack leaves 37.5 % in both rows; the paper's are 39.3 % and 41.9 %
  assertEquals([by, seeds, one.columns.autoattack.distance.toFixed(6)], [
    "autoattack",
    2,
    "1.300000",
  ]);
});

permitted("aggregate prints what an attack cell found below the table, with the link", async () => {
  const files = fixtureFiles(), cell = files["attack:autoattack:fgsm:gelu"];
  const finding = {
    flag: "square-beats-gradients",
    text: "Square breaks 2 of the 10 images (docs/flags.md#square-beats-gradients)",
  };
  const verdicts = { ...JSON.parse(cell["verdicts.json"]), findings: [finding] };
  cell["verdicts.json"] = JSON.stringify(verdicts);
  const { messages, outputs } = await runStage(aggregate.entry, JOB, files);
  assertEquals(messages, [{
    kind: "result",
    metrics: { rows: 2, findings: 1 },
    provenance: {},
  }]);
  const text = (name: string) => new TextDecoder().decode(outputs[name]);
  const note = `FGSM GELU, AutoAttack-Linf (seed 1): ${finding.text}`;
  assertStringIncludes(text("table1.txt").replaceAll("\n  ", " "), `- ${note}\n`);
  assertStringIncludes(text("table1.md"), `- ${note.replace("#", "\\#")}\n`);
  assertStringIncludes(text("table1.tex"), ` ${note.replace("#", "\\#")}.\n`);
  assertEquals(JSON.parse(text("table1.json")).findings[0], {
    kind: finding.flag,
    row: "fgsm/gelu",
    text: note,
  });
});

permitted(
  "aggregate says in each form what the data is, and where the profile says otherwise",
  async () => {
    const files = fixtureFiles();
    const name = "unknown images (no known set: training images with SHA-256 0123456789ab, test " +
      "images of cifar10)";
    const remark = "The profile calls the data cifar10, but its training images are others";
    const dataset = JSON.parse(files["fetch:cifar10"]["dataset.json"]);
    files["fetch:cifar10"]["dataset.json"] = JSON.stringify({ ...dataset, name, remark });
    const { outputs } = await runStage(aggregate.entry, JOB, files);
    for (const [file, bytes] of Object.entries(outputs)) {
      const text = new TextDecoder().decode(bytes).replaceAll(/\s+/g, " ");
      assertStringIncludes(text, name, file);
      if (!file.endsWith(".csv")) assertStringIncludes(text, remark, file);
    }
    const table = JSON.parse(new TextDecoder().decode(outputs["table1.json"]));
    assertEquals([table.data, table.comparable], [name, false]);
    assertEquals(table.findings[0], { kind: "data-misnamed", text: remark });
  },
);

permitted("aggregate shows the stack of a mistake of the program", async () => {
  // a job that no profile gives
  const job = { ...JOB, parameters: {} };
  const { code, messages, errors } = await runStage(aggregate.entry, job, fixtureFiles());
  assertEquals(code, 1);
  assertEquals(messages.map(({ kind }) => kind), ["failure"]);
  assertStringIncludes(
    errors,
    "TypeError: Cannot read the parameters of aggregate: profile is missing, expected",
  );
  assertStringIncludes(errors, "main.ts");
});

permitted("aggregate fails with the missing input's name", async () => {
  const { "attack:autoattack:igr:gelu": _, ...files } = fixtureFiles();
  const { code, messages } = await runStage(aggregate.entry, JOB, files);
  assertEquals([code, messages], [1, [{
    kind: "failure",
    text: 'Cannot build Table 1: "verdicts.json" of attack:autoattack:igr:gelu is not among its ' +
      "inputs",
  }]]);
});
