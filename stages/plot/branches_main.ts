/** The process of the branches stage. @module */
import { join } from "node:path";
import {
  branchesMarkdown,
  branchesText,
  type BranchFamily,
  type BranchTable,
  endingOf,
  readHistory,
} from "../../lib/report/mod.ts";
import { boolean, list, number, object, text } from "../../lib/schema.ts";
import { readData } from "../data.ts";
import { asFailure, type Job, StageFailure, stageMain, type StageResult } from "../job.ts";
import { readParameters } from "../parameters.ts";
import { branchesFigure, type DrawnFamily } from "./branches_figure.ts";
import { svgToPng } from "./png.ts";

const parameters = object({
  profile: text(),
  branches: list(object({
    cell: text(),
    title: text(),
    // the training that it goes on from: its cell and its row
    parent: text(),
    row: text(),
    from: text(),
    epoch: number({ min: 1, integer: true }),
    differs: text(),
    // whether nothing differs, so that the models must be the same
    replay: boolean,
  })),
});

/** Runs the stage. */
export async function run(job: Job): Promise<StageResult> {
  const { profile, branches } = readParameters(job, parameters);
  const { task: { classes } } = await readData(job);
  const file = (cell: string, name: string) => {
    const path = job.inputs[cell]?.[name];
    if (path !== undefined) return path;
    throw new StageFailure(
      `Cannot compare the branches: "${name}" of ${cell} is not among the inputs`,
    );
  };
  const read = async (cell: string) =>
    readHistory(`history.json of ${cell}`, await Deno.readTextFile(file(cell, "history.json")));
  const families: BranchFamily[] = [], drawn: DrawnFamily[] = [];
  let heldOutImages = 0;
  try {
    for (const [parent, own] of Object.entries(Object.groupBy(branches, ({ parent }) => parent))) {
      const whole = await read(parent);
      heldOutImages = whole.heldOutImages;
      const row = endingOf(parent, own![0].row, whole, classes);
      const records = [], lines = [];
      for (const { cell, title, from, differs, replay, epoch } of own!) {
        const history = await read(cell), ending = endingOf(cell, title, history, classes);
        const model = (id: string) => Deno.readFile(file(id, "model.safetensors"));
        const sameModel = replay && sameBytes(await model(parent), await model(cell));
        records.push({ ...ending, from, differs, ...replay ? { sameModel } : {} });
        lines.push({ title, history, collapse: ending.collapse, replay, begin: epoch });
      }
      families.push({ row, branches: records });
      drawn.push({ row: { ...row, history: whole }, branches: lines });
    }
  } catch (error) {
    throw asFailure(error);
  }
  const table: BranchTable = { profile, heldOutImages, families };
  const svg = branchesFigure(drawn, profile);
  const files = {
    "branches.txt": branchesText(table),
    "branches.md": branchesMarkdown(table),
    "branches.json": JSON.stringify(table, null, 1) + "\n",
    "branches.svg": svg,
  };
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(join(job.output, name), content);
  }
  await Deno.writeFile(join(job.output, "branches.png"), await svgToPng(svg));
  const collapsed = families.flatMap(({ branches }) => branches).filter(({ collapse }) => collapse);
  return { metrics: { branches: branches.length, collapsed: collapsed.length } };
}

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

if (import.meta.main) await stageMain(run);
