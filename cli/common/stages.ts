/** All stages there are. @module */
import type { Stage } from "../../pipeline/cells/stage.ts";
import { aggregate } from "../../stages/aggregate/mod.ts";
import { attack } from "../../stages/attack/mod.ts";
import { curve } from "../../stages/curve/mod.ts";
import { examples } from "../../stages/examples/mod.ts";
import { fetch } from "../../stages/fetch/mod.ts";
import { model } from "../../stages/model/mod.ts";
import {
  branches,
  curveReport,
  dialReport,
  plot,
  surfaceReport,
  theoryReport,
  transferReport,
} from "../../stages/plot/mod.ts";
import { surface } from "../../stages/surface/mod.ts";
import { theory } from "../../stages/theory/mod.ts";
import { train } from "../../stages/train/mod.ts";
import { transfer } from "../../stages/transfer/mod.ts";

/** In the order in which cells need each other. */
export const STAGES: readonly Stage[] = [
  ...[fetch, train, attack, model, theory, curve, examples, transfer, surface],
  ...[aggregate, plot, theoryReport, curveReport, transferReport, surfaceReport, dialReport],
  branches,
];
