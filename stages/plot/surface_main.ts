/** The process of the stage `surface-report`. @module */
import { readSurface, surfaceReport } from "../../lib/report/measured/surface.ts";
import { surfaceText } from "../../lib/report/measured/surface_text.ts";
import { countText } from "../../lib/report/mod.ts";
import { type Job, stageMain, type StageResult } from "../job.ts";
import { reportMeasured } from "./measured.ts";
import { surfaceFigure } from "./surface_figure.ts";

/** Runs the stage. */
export const run = (job: Job): Promise<StageResult> =>
  reportMeasured(job, "surface", readSurface, ({ cells, setting, rules }) => {
    const report = surfaceReport(cells, setting), { profile, data, images } = report;
    const text = `${profile} profile, ${data} data, ${countText(images)} test images, first seed`;
    return {
      text: surfaceText(report, rules),
      json: JSON.stringify(report),
      svg: surfaceFigure(report, text, rules),
    };
  });

if (import.meta.main) await stageMain(run);
