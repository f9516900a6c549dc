/** The process of the aggregate stage. @module */
import { createHash } from "node:crypto";
import { join } from "node:path";
import {
  answersText,
  buildReadings,
  buildTable1,
  paperLatex,
  readingsText,
  seedsCsv,
  tableCsv,
  tableLatex,
  tableMarkdown,
  tableText,
  verdictOf,
  withVariants,
} from "../../lib/report/mod.ts";
import { asFailure, type Job, StageFailure, stageMain, type StageResult } from "../job.ts";
import { dataCell } from "../data.ts";
import { readParameters } from "../parameters.ts";
import { loadReportRules } from "../rules.ts";
import { gather, tableRequest } from "./gather.ts";

/** Findings that say nothing against a number. */
const REMARKS = ["widest-interval", "differences", "checkpoint"];

/** Runs the stage. */
export async function run(job: Job): Promise<StageResult> {
  const request = readParameters(job, tableRequest);
  const rules = withVariants(await loadReportRules(job), request.variants);
  const read = (cell: string, file: string) => {
    const path = job.inputs[cell]?.[file];
    if (path === undefined) {
      throw new StageFailure(`Cannot build Table 1: "${file}" of ${cell} is not among its inputs`);
    }
    return Deno.readTextFile(path);
  };
  let table, readings, verdict;
  try {
    const input = {
      ...await gather(request, read, dataCell(job.inputs) ?? "fetch:cifar10"),
      rules,
    };
    table = buildTable1(input);
    verdict = verdictOf(input, table);
    readings = request.readings && buildReadings(request.readings, table, input.rows, rules);
  } catch (error) {
    throw asFailure(error);
  }
  const json = JSON.stringify(table, null, 1) + "\n";
  const sha256 = createHash("sha256").update(json).digest("hex");
  const origin = `Made of table1.json of the profile ${table.profile}, SHA-256 ${sha256}`;
  const files = {
    "table1.txt": tableText(table, rules),
    "table1.md": tableMarkdown(table, rules),
    "table1.csv": tableCsv(table),
    "table1_seeds.csv": seedsCsv(table),
    "table1.json": json,
    "table1.tex": tableLatex(table, rules),
    "table1-paper.tex": paperLatex(table, rules, origin),
    "verdict.json": JSON.stringify(verdict, null, 1) + "\n",
    "verdict.txt": answersText(verdict),
    ...readings && {
      "readings.txt": readingsText(readings, rules),
      "readings.json": JSON.stringify(readings, null, 1) + "\n",
    },
  };
  for (const [name, text] of Object.entries(files)) {
    await Deno.writeTextFile(join(job.output, name), text);
  }
  const doubtful = table.findings.filter(({ kind }) => !REMARKS.includes(kind)).length;
  return { metrics: { rows: table.rows.length, findings: doubtful } };
}

if (import.meta.main) await stageMain(run);
