/** The process of the plot stage. @module */
import { join } from "node:path";
import {
  dataName,
  networkText,
  readHistory,
  readReadings,
  readTable,
  readWidth,
  variantNames,
  withVariants,
} from "../../lib/report/mod.ts";
import { type Job, StageFailure, stageMain, type StageResult } from "../job.ts";
import { boolean, object, optional, text } from "../../lib/schema.ts";
import { readParameters } from "../parameters.ts";
import { loadReportRules } from "../rules.ts";
import { collapseFigure } from "./collapse_figure.ts";
import { figure1 } from "./figure1.ts";
import { readingsFigure } from "./readings_figure.ts";
import { svgToPng } from "./png.ts";
import { type Group, groupSeeds, parseTrainCell, type Training } from "./series.ts";
import { trainingFigure } from "./training_figure.ts";

const parameters = object({
  profile: text(),
  variants: optional(variantNames),
  readings: optional(boolean),
});

/** "demo profile, synthetic-v1 data, PreActResNet18 of width 8, 10 epochs" */
function settingText(
  profile: string,
  data: string,
  network: string,
  groups: readonly Group[],
): string {
  const epochs = groups.flatMap((group) => group.trainings).map(({ history }) =>
    history.epochs.length
  );
  return [
    `${profile} profile`,
    `${dataName(data)} data`,
    network,
    `${[...new Set(epochs)].join(" or ")} epochs`,
  ].join(", ");
}

/** Runs the stage. */
export async function run(job: Job): Promise<StageResult> {
  const { profile, variants, readings: judges } = readParameters(job, parameters);
  const rules = withVariants(await loadReportRules(job), variants);
  const trainings: Training[] = [];
  const widths: (number | null)[] = [];
  for (const [cell, files] of Object.entries(job.inputs)) {
    if (!cell.startsWith("train:")) continue;
    for (const name of ["card.json", "history.json"]) {
      if (files[name] === undefined) {
        throw new StageFailure(`Cannot plot ${cell}: "${name}" is not among the inputs`);
      }
    }
    const history = readHistory(
      `history.json of ${cell}`,
      await Deno.readTextFile(files["history.json"]),
    );
    widths.push(readWidth(`card.json of ${cell}`, await Deno.readTextFile(files["card.json"])));
    trainings.push({ ...parseTrainCell(cell), history });
  }
  if (trainings.length === 0) {
    throw new StageFailure("Cannot plot: no train cell among the inputs");
  }
  const file = job.inputs.aggregate?.["table1.json"];
  if (file === undefined) {
    throw new StageFailure('Cannot plot: "table1.json" of aggregate is not among the inputs');
  }
  // The figures name the data as the table does.
  const table = readTable("table1.json of aggregate", await Deno.readTextFile(file));
  const groups = groupSeeds(trainings).map((group) => ({
    ...group,
    collapses: table.rows.find(({ method, activation }) =>
      method === group.method && activation === group.activation
    )?.collapses,
  }));
  const setting = settingText(profile, table.data, networkText(widths, rules), groups);
  const readings = judges ? job.inputs.aggregate["readings.json"] : undefined;
  if (judges && readings === undefined) {
    throw new StageFailure('Cannot plot: "readings.json" of aggregate is not among the inputs');
  }
  const figures: Record<string, string> = {
    figure1: figure1(groups, setting, rules),
    training: trainingFigure(groups, setting, rules),
    collapse: collapseFigure(table, setting, rules),
  };
  if (readings !== undefined) {
    const judged = readReadings("readings.json of aggregate", await Deno.readTextFile(readings));
    figures.readings = readingsFigure(judged, setting, rules);
  }
  for (const [name, svg] of Object.entries(figures)) {
    await Deno.writeTextFile(join(job.output, `${name}.svg`), svg);
    await Deno.writeFile(join(job.output, `${name}.png`), await svgToPng(svg));
  }
  return { metrics: { trainings: trainings.length } };
}

if (import.meta.main) await stageMain(run);
