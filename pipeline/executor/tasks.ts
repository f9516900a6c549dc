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

const secondsOf = (cells: readonly Ready[]) =>
  cells.reduce((sum, { seconds = 0 }) => sum + seconds, 0);

/** Waves of tasks, each a list of cells. */
export interface PlannedWave<T> {
  readonly resources: Resources;
  readonly tasks: readonly (readonly T[])[];
}

/**
 * Puts cells of equal resources together: short ones into one task, but never so that places stay
 * empty for it. A task's limit of time is that of its cells, or more where together they need it.
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
    const known = alike.filter(({ seconds }) => seconds !== undefined && seconds < TASK_SECONDS);
    const alone = alike.filter((cell) => !known.includes(cell)).map((cell) => [cell]);
    const tasks = [...grouped(known, places - alone.length), ...alone];
    return Array.from({ length: Math.ceil(tasks.length / largest) }, (_, n) => {
      const part = tasks.slice(n * largest, (n + 1) * largest);
      const { resources } = alike[0], longest = Math.max(...part.map(secondsOf));
      const minutes = Math.max(resources.minutes, Math.ceil(SPARE * longest / 60));
      return { resources: { ...resources, minutes }, tasks: part };
    });
  });
}

/** Cells in order, in as many groups as there are places, or more where they would last too long. */
function grouped<T extends Ready>(cells: readonly T[], places: number): T[][] {
  const total = secondsOf(cells);
  const count = Math.max(Math.ceil(total / TASK_SECONDS), Math.min(cells.length, places), 1);
  const share = total / count, groups: T[][] = [];
  let sum = 0;
  for (const cell of cells) {
    // By where its middle lies, so that all groups last about as long.
    const group = Math.min(count - 1, Math.floor((sum + cell.seconds! / 2) / share));
    (groups[group] ??= []).push(cell);
    sum += cell.seconds!;
  }
  return groups.filter((group) => group !== undefined);
}
