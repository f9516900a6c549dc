/** The process of the stage `curve-report`. @module */
import { curveReport, readCurve } from "../../lib/report/measured/curve.ts";
import { attacksText, curveText } from "../../lib/report/measured/curve_text.ts";
import { countText } from "../../lib/report/mod.ts";
import { type Job, stageMain, type StageResult } from "../job.ts";
import { curveFigure } from "./curve_figure.ts";
import { reportMeasured } from "./measured.ts";

/** Runs the stage. */
export const run = (job: Job): Promise<StageResult> =>
  reportMeasured(job, "curve", readCurve, ({ cells, setting, rules }) => {
    const report = curveReport(cells, setting, rules);
    const { profile, data, images } = report;
    const text = `${profile} profile, ${data} data, ${countText(images)} test images, ${
      attacksText(report, rules)
    }`;
    return {
      text: curveText(report, rules),
      json: JSON.stringify(report),
      svg: curveFigure(report, text, rules),
    };
  });

if (import.meta.main) await stageMain(run);
