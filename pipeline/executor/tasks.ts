/** How cells are put together to tasks, and tasks to waves. @module */
import type { Resources } from "./executor.ts";

/** A cell that is to be handed over. */
export interface Ready {
  readonly resources: Resources;
  /** How long it will probably take, seconds, where that is known. */
  readonly seconds?: number;
}

/** Short cells go together into tasks of about so long, seconds. */
const TASK_SECONDS = 300;

/** A task may last so many times as long as is predicted before its time is up. */
const SPARE = 3;

/** No process takes less, whatever is predicted, seconds. */
const LEAST_SECONDS = 0.1;

const secondsOf = ({ seconds = 0 }: Ready) => Math.max(LEAST_SECONDS, seconds);

const sumOf = (cells: readonly Ready[]) => cells.reduce((sum, cell) => sum + secondsOf(cell), 0);

/** Whether a cell may share its task. */
const isShort = ({ seconds }: Ready) =>
  seconds !== undefined && seconds >= 0 && seconds < TASK_SECONDS;

/** The limit of a task in minutes: of cells that share it, more where together they need it. */
const minutesOf = (cells: readonly Ready[]) =>
  cells.length === 1
    ? cells[0].resources.minutes
    : Math.max(cells[0].resources.minutes, Math.ceil(SPARE * sumOf(cells) / 60));

/** Waves of tasks, each a list of cells. */
export interface PlannedWave<T> {
  readonly resources: Resources;
  readonly tasks: readonly (readonly T[])[];
}

/**
 * Puts cells of equal resources together: short ones into one task, but never so that places stay
 * empty for it. A task's limit of time is that of its cells, or more where several together need it.
 *
 * @param places Tasks that may run at a time
 * @param largest Tasks of a wave at most
 */
export function planWaves<T extends Ready>(
  cells: readonly T[],
  places: number,
  largest: number,
): PlannedWave<T>[] {
  const classes = new Map<string, T[]>();
  for (const cell of cells) {
    const { cpus, gpus, memory, minutes } = cell.resources;
    const name = [cpus, gpus, memory, minutes].join();
    if (!classes.has(name)) classes.set(name, []);
    classes.get(name)!.push(cell);
  }
  return [...classes.values()].flatMap((alike) => {
    const alone = alike.filter((cell) => !isShort(cell)).map((cell) => [cell]);
    const tasks = [...grouped(alike.filter(isShort), places - alone.length), ...alone];
    return Array.from({ length: Math.ceil(tasks.length / largest) }, (_, n) => {
      const part = tasks.slice(n * largest, (n + 1) * largest);
      const minutes = part.reduce((most, task) => Math.max(most, minutesOf(task)), 0);
      return { resources: { ...alike[0].resources, minutes }, tasks: part };
    });
  });
}

/** A wave as two smaller ones, or its one task as two; nothing of a single cell. */
export function halvesOf<T>({ resources, tasks }: PlannedWave<T>): PlannedWave<T>[] {
  const halved = <T>(list: readonly T[]) => {
    const middle = Math.ceil(list.length / 2);
    return [list.slice(0, middle), list.slice(middle)].filter(({ length }) => length > 0);
  };
  const parts = tasks.length > 1 ? halved(tasks) : halved(tasks[0]).map((task) => [task]);
  return parts.length === 1 ? [] : parts.map((tasks) => ({ resources, tasks }));
}

/** Cells in order, in as many groups as there are places, or more where they would last too long. */
function grouped<T extends Ready>(cells: readonly T[], places: number): T[][] {
  const total = sumOf(cells);
  const count = Math.max(Math.ceil(total / TASK_SECONDS), Math.min(cells.length, places), 1);
  const share = total / count, groups: T[][] = [];
  let sum = 0;
  for (const cell of cells) {
    // By where its middle lies, so that all groups last about as long.
    const group = Math.min(count - 1, Math.floor((sum + secondsOf(cell) / 2) / share));
    (groups[group] ??= []).push(cell);
    sum += secondsOf(cell);
  }
  return groups.filter((group) => group !== undefined);
}
