/** The process of the stage `dial-report`. @module */
import { join } from "node:path";
import { dialList, dialReport, dialText } from "../../lib/report/measured/dial.ts";
import { dataName, readTable, variantNames, withVariants } from "../../lib/report/mod.ts";
import { object, optional, text } from "../../lib/schema.ts";
import { type Job, StageFailure, stageMain, type StageResult } from "../job.ts";
import { readParameters } from "../parameters.ts";
import { loadReportRules } from "../rules.ts";
import { dialFigure } from "./dial_figure.ts";
import { svgToPng } from "./png.ts";

const parameters = object({ profile: text(), variants: optional(variantNames), dials: dialList });

/** Runs the stage. */
export async function run(job: Job): Promise<StageResult> {
  const { profile, variants, dials } = readParameters(job, parameters);
  const rules = withVariants(await loadReportRules(job), variants);
  const file = job.inputs.aggregate?.["table1.json"];
  if (file === undefined) {
    throw new StageFailure('Cannot draw dials: "table1.json" of aggregate is not among the inputs');
  }
  const table = readTable("table1.json of aggregate", await Deno.readTextFile(file));
  const report = dialReport({ ...table, data: dataName(table.data) }, { profile, dials }, rules);
  const svg = dialFigure(report, `${profile} profile, ${report.data} data`, rules);
  const files = {
    "dial.txt": dialText(report, rules),
    "dial.json": JSON.stringify(report, null, 1) + "\n",
    "dial.svg": svg,
  };
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(join(job.output, name), content);
  }
  await Deno.writeFile(join(job.output, "dial.png"), await svgToPng(svg));
  return { metrics: { dials: dials.length } };
}

if (import.meta.main) await stageMain(run);
