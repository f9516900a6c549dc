/** Synthetic graphs of cells, the same for every program that is timed. @module */

/** One cell: its name and the cells whose output it reads. */
export interface Node {
  readonly id: string;
  readonly inputs: readonly string[];
}

/**
 * A sweep in the shape of Table 1: data, trainings, two attacks each, a table, a figure.
 *
 * @param count Number of cells, three more than a multiple of three
 * @throws {RangeError} If the count does not fit
 */
export function sweepNodes(count: number): Node[] {
  if (count < 6 || count % 3 !== 0) {
    throw new RangeError(`Cannot make ${count} cells: expected a multiple of 3, at least 6`);
  }
  const trainings = Array.from({ length: count / 3 - 1 }, (_, n) => ({
    id: `train_${n}`,
    inputs: ["data"],
  }));
  const attacks = trainings.flatMap(({ id }, n) =>
    ["pgd50", "autoattack"].map((kind) => ({ id: `${kind}_${n}`, inputs: ["data", id] }))
  );
  const ids = [...trainings, ...attacks].map(({ id }) => id);
  return [
    { id: "data", inputs: [] },
    ...trainings,
    ...attacks,
    { id: "aggregate", inputs: ids },
    { id: "plot", inputs: ["aggregate"] },
  ];
}
