/** The process of the stage `theory-report`. @module */
import { countText, epsilonText } from "../../lib/report/mod.ts";
import { readTheory, theoryRows } from "../../lib/report/theory_rows.ts";
import { theoryText } from "../../lib/report/theory_text.ts";
import { type Job, stageMain, type StageResult } from "../job.ts";
import { reportMeasured } from "./measured.ts";
import { theoryFigure } from "./theory_figure.ts";

/** Runs the stage. */
export const run = (job: Job): Promise<StageResult> =>
  reportMeasured(job, "theory", readTheory, ({ cells, setting, rules }) => {
    const rows = theoryRows(cells), [{ seeds: [{ record: first }] }] = rows;
    const { profile, data } = setting;
    const text = `${profile} profile, ${data} data, ${countText(first.images)} test images, ` +
      `epsilon ${epsilonText(first.epsilon)}`;
    return {
      text: theoryText(rows, setting, rules),
      json: JSON.stringify({ profile, data, rows }, null, 1),
      svg: theoryFigure(rows, text, rules),
    };
  });

if (import.meta.main) await stageMain(run);
