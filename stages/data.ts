/** The images that a job is given by the cell of its data. @module */
import { readDataset } from "../lib/report/read.ts";
import type { Task } from "../lib/task.ts";
import { type Job, StageFailure } from "./job.ts";

/** Files of the data's cell by name, and what its images are for. */
export interface JobData {
  /** For example `fetch:cifar10`. */
  readonly cell: string;
  readonly files: Readonly<Record<string, string>>;
  readonly task: Task;
}

/**
 * Finds the cell of the data among a job's inputs.
 *
 * @throws {StageFailure} If there is none, or it does not say what the images are
 */
export async function readData({ cell, inputs }: Pick<Job, "cell" | "inputs">): Promise<JobData> {
  const data = dataCell(inputs), files = data === undefined ? {} : inputs[data];
  if (data === undefined || files["dataset.json"] === undefined) {
    throw new StageFailure(`Cannot run ${cell}: "dataset.json" of fetch:… is not among its inputs`);
  }
  const text = await Deno.readTextFile(files["dataset.json"]);
  const { image, classes } = readDataset(`dataset.json of ${data}`, text);
  return { cell: data, files, task: { image, classes } };
}

/** The cell of the data among inputs. */
export const dataCell = (inputs: Job["inputs"]): string | undefined =>
  Object.keys(inputs).find((input) => input.startsWith("fetch:"));
