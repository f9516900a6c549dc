/** What made-up models are measured for, for tests of the page. @module */
import { RULES } from "../../lib/report/_fixture.ts";
import {
  madeUpCurves,
  madeUpSurfaces,
  madeUpTransfers,
} from "../../lib/report/measured/_fixture.ts";
import { curveReport } from "../../lib/report/measured/curve.ts";
import { surfaceReport } from "../../lib/report/measured/surface.ts";
import { transferReport } from "../../lib/report/measured/transfer.ts";
import { madeUpCells } from "../../lib/report/_theory_fixture.ts";
import { theoryRows } from "../../lib/report/theory_rows.ts";
import type { Measured } from "./measured.ts";

const SETTING = { profile: "demo", data: "noise" };

/** Each of them once. */
export const MEASURED: Measured = {
  theory: { rows: theoryRows(Object.entries(madeUpCells())) },
  curve: curveReport(madeUpCurves(), SETTING, RULES),
  transfer: transferReport(madeUpTransfers(), SETTING, RULES),
  surface: surfaceReport(madeUpSurfaces(), SETTING),
  dial: {
    ...{ ...SETTING, attack: "autoattack" },
    dials: [{
      ...{ part: "activation", rule: "softplus", parameter: "beta", title: "beta of Softplus" },
      lines: [{
        ...{ name: "fgsm", title: "FGSM" },
        points: [1, 10].map((value) => ({
          ...{ name: `softplus-${value}`, value, accuracy: 0.1 / value },
          seeds: [{ seed: 1, accuracy: 0.1 / value, collapsed: value > 1 }],
        })),
      }],
    }],
  },
};
