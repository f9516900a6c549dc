/** What the stages that put measured models together have in common. @module */
import { join } from "node:path";
import {
  dataName,
  readDataset,
  type ReportRules,
  variantNames,
  withVariants,
} from "../../lib/report/mod.ts";
import { object, optional, text } from "../../lib/schema.ts";
import { dataCell } from "../data.ts";
import { asFailure, type Job, StageFailure, type StageResult } from "../job.ts";
import { readParameters } from "../parameters.ts";
import { loadReportRules } from "../rules.ts";
import { svgToPng } from "./png.ts";

const parameters = object({ profile: text(), variants: optional(variantNames) });

/** What a report is made of. */
export interface Gathered<Record> {
  readonly cells: readonly (readonly [cell: string, record: Record])[];
  /** The profile's name, and the data's for people. */
  readonly setting: { readonly profile: string; readonly data: string };
  readonly rules: ReportRules;
}

/** What a report leaves. */
export interface Written {
  readonly text: string;
  readonly json: string;
  readonly svg: string;
}

/**
 * Reads the file of each cell of a stage, and writes text, JSON and the figure of what `build` makes of
 * them.
 *
 * @param name Of the stage and of the files: `curve`
 * @param read Reads `<name>.json` of a cell
 * @throws {StageFailure} If there is none, or a file is not as the stage writes it
 */
export async function reportMeasured<Record>(
  job: Job,
  name: string,
  read: (file: string, text: string) => Record,
  build: (gathered: Gathered<Record>) => Written,
): Promise<StageResult> {
  const { profile, variants } = readParameters(job, parameters);
  const rules = withVariants(await loadReportRules(job), variants), file = `${name}.json`;
  const open = (cell: string, file: string) => {
    const path = job.inputs[cell]?.[file];
    if (path !== undefined) return Deno.readTextFile(path);
    throw new StageFailure(
      `Cannot report ${name}: "${file}" of ${cell} is not among its inputs`,
    );
  };
  const ids = Object.keys(job.inputs).filter((id) => id.startsWith(`${name}:`));
  if (ids.length === 0) {
    throw new StageFailure(`Cannot report ${name}: no ${name} cell among the inputs`);
  }
  let written: Written;
  try {
    const images = dataCell(job.inputs) ?? "fetch:cifar10";
    const dataset = readDataset(
      `dataset.json of ${images}`,
      await open(images, "dataset.json"),
    );
    const cells = await Promise.all(
      ids.map(async (cell) => [cell, read(`${file} of ${cell}`, await open(cell, file))] as const),
    );
    written = build({ cells, setting: { profile, data: dataName(dataset.name) }, rules });
  } catch (error) {
    throw asFailure(error);
  }
  const { text, json, svg } = written;
  const files = {
    [`${name}.txt`]: text,
    [file]: json + "\n",
    [`${name}.svg`]: svg,
  };
  for (const [path, content] of Object.entries(files)) {
    await Deno.writeTextFile(join(job.output, path), content);
  }
  await Deno.writeFile(join(job.output, `${name}.png`), await svgToPng(svg));
  return { metrics: { models: ids.length } };
}
