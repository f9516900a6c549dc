/** What an executor would be asked for. @module */
import type { CellDeclaration } from "../cells/stage.ts";
import { durationText } from "../units.ts";
import { cellsText, tasksText } from "./entry.ts";
import type { Resources } from "./executor.ts";
import { planWaves } from "./tasks.ts";

/** Columns of a terminal. */
const WIDTH = 80;

/** What the stale cells of one stage ask for. */
export interface TaskPlan {
  readonly stage: string;
  readonly cells: number;
  /** Not there for cells that run on this machine. */
  readonly asks?: {
    readonly tasks: number;
    readonly resources: Resources;
  };
  /** How long they take together, one after another, seconds, as far as it is known. */
  readonly seconds: number;
  /** Cells of which it is not known. */
  readonly unknown: number;
}

/**
 * What stale cells ask for, stage by stage. Tasks are those that would be made if all cells of a
 * stage were ready at a time.
 *
 * @param secondsOf How long a cell will probably take
 * @param places Tasks that may run at a time
 */
export function taskPlans(
  stale: readonly CellDeclaration[],
  resourcesOf: (cell: CellDeclaration) => Resources | "here",
  secondsOf: (cell: string) => number | undefined,
  places: number,
): TaskPlan[] {
  const groups = new Map<string, CellDeclaration[]>();
  for (const cell of stale) {
    const name = `${cell.stage.name} ${JSON.stringify(resourcesOf(cell))}`;
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name)!.push(cell);
  }
  return [...groups.values()].map((cells) => {
    const resources = resourcesOf(cells[0]);
    const all = cells.map(({ id }) => secondsOf(id)),
      known = all.filter((one) => one !== undefined);
    const part = {
      stage: cells[0].stage.name,
      cells: cells.length,
      seconds: known.reduce((sum, one) => sum + one, 0),
      unknown: cells.length - known.length,
    };
    if (resources === "here") return part;
    const waves = planWaves(all.map((seconds) => ({ resources, seconds })), places, all.length);
    const asks = {
      tasks: waves.reduce((sum, { tasks }) => sum + tasks.length, 0),
      resources: waves[0].resources,
    };
    return { ...part, asks };
  });
}

/** The plans for people. */
export function taskPlanLines(plans: readonly TaskPlan[], place: string): string[] {
  const tasks = plans.reduce((sum, { asks }) => sum + (asks?.tasks ?? 0), 0);
  if (plans.length === 0) return [];
  const rows = plans.map(({ stage, cells, asks, seconds, unknown }) => [
    stage,
    cellsText(cells),
    asks === undefined ? "here" : `${tasksText(asks.tasks)} of ${resourcesText(asks.resources)}`,
    timeText(seconds, cells, unknown, asks?.resources.gpus ?? 0),
  ]);
  const widths = rows[0].map((_, n) => Math.max(...rows.map((row) => row[n].length)));
  const padded = rows.map((row) => row.map((text, n) => text.padEnd(widths[n])));
  const lines = padded.map((row) => `  ${row.join("  ")}`.trimEnd());
  // times stand beneath where they do not fit beside
  const beneath = " ".repeat(widths[0] + widths[1] + 6);
  const below = padded.flatMap(([stage, cells, asked, time]) => [
    `  ${stage}  ${cells}  ${asked}`.trimEnd(),
    `${beneath}${time}`.trimEnd(),
  ]);
  return [
    `On ${place}: ${tasksText(tasks)} at most`,
    ...lines.every((line) => line.length <= WIDTH) ? lines : below,
  ];
}

/** What a task asks for: `4 CPUs, 1 GPU, 16G, at most 4 h`. */
export function resourcesText({ cpus, gpus, memory, minutes }: Resources): string {
  return [
    cpus === 1 ? "1 CPU" : `${cpus} CPUs`,
    ...gpus === 0 ? [] : [gpus === 1 ? "1 GPU" : `${gpus} GPUs`],
    ...memory === undefined ? [] : [memory],
    `at most ${durationText(60 * minutes)}`,
  ].join(", ");
}

function timeText(seconds: number, cells: number, unknown: number, gpus: number): string {
  if (unknown === cells) return "time not known";
  const of = gpus > 0 ? "of GPUs" : "of work";
  const time = `about ${durationText(seconds * Math.max(1, gpus))} ${of}`;
  return unknown === 0 ? time : `${time}, not known for ${unknown}`;
}
