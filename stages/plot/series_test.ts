import { assertEquals, assertThrows } from "@std/assert";
import { madeUpTraining } from "./_fixture.ts";
import { groupSeeds, parseTrainCell, points } from "./series.ts";

Deno.test("parseTrainCell() reads method, activation and seed", () => {
  assertEquals(parseTrainCell("train:igr:gelu"), { method: "igr", activation: "gelu", seed: 1 });
  assertEquals(parseTrainCell("train:fgsm:relu@12"), {
    method: "fgsm",
    activation: "relu",
    seed: 12,
  });
  for (const cell of ["attack:pgd50:igr:gelu", "train:igr", "train:igr:gelu@", "train::gelu"]) {
    assertThrows(() => parseTrainCell(cell), RangeError, `Cannot plot "${cell}"`);
  }
});

Deno.test("groupSeeds() puts seeds together in order", () => {
  const groups = groupSeeds([
    madeUpTraining("fgsm", "relu", 2, 3),
    madeUpTraining("fgsm", "gelu", 1, 3),
    madeUpTraining("fgsm", "relu", 1, 3),
  ]);
  assertEquals(
    groups.map(({ activation, trainings }) => [activation, trainings.map((t) => t.seed)]),
    [
      ["relu", [1, 2]],
      ["gelu", [1]],
    ],
  );
});

Deno.test("points() gives mean and range, and leaves out what is no number", () => {
  const [first, second] = [1, 2].map((seed) => madeUpTraining("fgsm", "gelu", seed, 3));
  const series = (values: (number | null)[], training: typeof first) => ({
    ...training,
    history: {
      ...training.history,
      epochs: training.history.epochs.map((epoch, i) => ({ ...epoch, clean_accuracy: values[i] })),
    },
  });
  const [group] = groupSeeds([series([1, 2, null], first), series([3, null, null], second)]);
  const found = points(group, "clean_accuracy");
  assertEquals(found.map(({ epoch, mean }) => [epoch, mean]), [[1, 2], [2, 2]]);
  assertEquals(found.map(({ low, high }) => [low, high]), [[1, 3], [2, 2]]);
});

Deno.test("points() has what was logged between epochs in its place, and not at their ends", () => {
  const training = madeUpTraining("fgsm", "gelu", 1, 2), [first] = training.history.epochs;
  const steps = [0.5, 1, 1.5].map((epoch, i) => ({
    ...first,
    epoch,
    step: i + 1,
    fgsm_accuracy: i,
  }));
  const found = points(
    { trainings: [{ history: { ...training.history, steps } }] },
    "fgsm_accuracy",
  );
  assertEquals(found.map(({ epoch }) => epoch), [0.5, 1, 1.5, 2]);
  assertEquals(found.map(({ mean }) => mean).slice(0, 3), [0, first.fgsm_accuracy, 2]);
});
