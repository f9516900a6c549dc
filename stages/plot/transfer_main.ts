/** The process of the stage `transfer-report`. @module */
import { readTransfer, transferReport } from "../../lib/report/measured/transfer.ts";
import { transferText } from "../../lib/report/measured/transfer_text.ts";
import { countText, epsilonText } from "../../lib/report/mod.ts";
import { type Job, stageMain, type StageResult } from "../job.ts";
import { reportMeasured } from "./measured.ts";
import { transferFigure } from "./transfer_figure.ts";

/** Runs the stage. */
export const run = (job: Job): Promise<StageResult> =>
  reportMeasured(job, "transfer", readTransfer, ({ cells, setting, rules }) => {
    const report = transferReport(cells, setting, rules);
    const { profile, data, images, epsilon } = report;
    const text = `${profile} profile, ${data} data, ${countText(images)} test images, epsilon ${
      epsilonText(epsilon)
    }, first seed`;
    return {
      text: transferText(report, rules),
      json: JSON.stringify(report),
      svg: transferFigure(report, text, rules),
    };
  });

if (import.meta.main) await stageMain(run);
