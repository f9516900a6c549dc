/** The process of the stage `theory-report`. @module */
import { join } from "node:path";
import {
  countText,
  dataName,
  epsilonText,
  readDataset,
  variantNames,
  withVariants,
} from "../../lib/report/mod.ts";
import { readTheory, theoryRows } from "../../lib/report/theory_rows.ts";
import { theoryText } from "../../lib/report/theory_text.ts";
import { object, optional, text } from "../../lib/schema.ts";
import { dataCell } from "../data.ts";
import { asFailure, type Job, StageFailure, stageMain, type StageResult } from "../job.ts";
import { readParameters } from "../parameters.ts";
import { loadReportRules } from "../rules.ts";
import { svgToPng } from "./png.ts";
import { theoryFigure } from "./theory_figure.ts";

const parameters = object({ profile: text(), variants: optional(variantNames) });

/** Runs the stage. */
export async function run(job: Job): Promise<StageResult> {
  const { profile, variants } = readParameters(job, parameters);
  const rules = withVariants(await loadReportRules(job), variants);
  const read = (cell: string, file: string) => {
    const path = job.inputs[cell]?.[file];
    if (path !== undefined) return Deno.readTextFile(path);
    throw new StageFailure(
      `Cannot report the theory: "${file}" of ${cell} is not among its inputs`,
    );
  };
  const cells = Object.keys(job.inputs).filter((id) => id.startsWith("theory:"));
  if (cells.length === 0) {
    throw new StageFailure("Cannot report the theory: no theory cell among the inputs");
  }
  let data: string, rows: ReturnType<typeof theoryRows>;
  try {
    const images = dataCell(job.inputs) ?? "fetch:cifar10";
    const dataset = await read(images, "dataset.json");
    data = dataName(readDataset(`dataset.json of ${images}`, dataset).name);
    const records = await Promise.all(
      cells.map(async (cell) =>
        [cell, readTheory(`theory.json of ${cell}`, await read(cell, "theory.json"))] as const
      ),
    );
    rows = theoryRows(records);
  } catch (error) {
    throw asFailure(error);
  }
  const [{ record: first }] = rows[0].seeds;
  const setting = `${profile} profile, ${data} data, ${countText(first.images)} test images, ` +
    `epsilon ${epsilonText(first.epsilon)}`;
  const svg = theoryFigure(rows, setting, rules);
  const files = {
    "theory.txt": theoryText(rows, { profile, data }, rules),
    "theory.json": JSON.stringify({ profile, data, rows }, null, 1) + "\n",
    "theory.svg": svg,
  };
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(join(job.output, name), content);
  }
  await Deno.writeFile(join(job.output, "theory.png"), await svgToPng(svg));
  return { metrics: { models: cells.length } };
}

if (import.meta.main) await stageMain(run);
