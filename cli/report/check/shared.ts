/** The files that all models of a page are checked with. @module */
import { decodeRecords, type Records } from "../../../lib/data/records.ts";
import { readDataset } from "../../../lib/report/read.ts";
import type { Table1 } from "../../../lib/report/table.ts";
import type { Task } from "../../../lib/task.ts";
import { sha256 } from "./sha256.ts";
import type { Parts } from "./parts.ts";
import { type CheckPlan, PROBE } from "./plan.ts";

/** What all models share. */
export interface Shared {
  readonly task: Task;
  /** The test images. */
  readonly test: Records;
  /** The probe images of `history.json`, where a model is held to them. */
  readonly probe?: Records;
  /** What is wrong with these files themselves. */
  readonly faults: readonly string[];
}

/**
 * Reads the shared files.
 *
 * @throws {Error} If one is missing or cannot be read
 */
export function openShared(
  parts: Parts,
  { shared, models }: Pick<CheckPlan, "shared" | "models">,
): Shared {
  const faults = Object.entries(shared).filter(([name, digest]) => sha256(parts[name]) !== digest)
    .map(([name]) => `${name} is not the file of its digest`);
  const text = new TextDecoder().decode(parts["dataset.json"]);
  const { image } = readDataset("dataset.json", text);
  const { classes } = JSON.parse(text) as { classes: readonly string[] };
  const task: Task = { image, classes: classes.length };
  const { rows }: Table1 = JSON.parse(new TextDecoder().decode(parts["table1.json"]));
  const counted = models.every(({ method, activation, seed, counts }) => {
    const row = rows.find((one) => one.method === method && one.activation === activation);
    return Object.entries(counts).every(([column, { correct, images }]) =>
      row?.values[column].seeds.some((one) =>
        one.seed === seed && one.correct === correct && one.images === images
      )
    );
  });
  if (!counted) faults.push("table1.json has other counts than this page");
  const read = (name: string) => decodeRecords(parts[name], name, task);
  return {
    ...{ task, faults, test: read("test.bin") },
    ...parts[PROBE] === undefined ? {} : { probe: read(PROBE) },
  };
}
