/**
 * Made-up outputs of a small table's cells, for tests.
 *
 * @module
 */
import type { ReadInput, TableRequest } from "./gather.ts";

/** Two rows, two attacks, two seeds. */
export const REQUEST = {
  profile: "demo",
  table: ["igr/gelu", "fgsm/gelu"],
  attacks: ["pgd50", "autoattack"],
  seeds: 2,
} satisfies TableRequest;

const IMAGES = 20;

function verdicts(cell: string): string {
  const second = cell.endsWith("@2") ? 1 : 0;
  const robust = (cell.includes("pgd50") ? 9 : 8) - second;
  const clean = 15;
  return JSON.stringify({
    attack: cell.split(":")[1],
    epsilon: 8 / 255,
    images: IMAGES,
    clean_accuracy: clean / IMAGES,
    robust_accuracy: robust / IMAGES,
    attacks: [],
    verdicts: Array.from({ length: IMAGES }, (_, index) => ({
      index,
      label: index % 10,
      clean_correct: index < clean,
      robust: index < robust,
      broken_by: index < clean && index >= robust ? "apgd-ce" : null,
    })),
  });
}

const history = JSON.stringify({
  method: "igr",
  activation: "gelu",
  probe_images: 16,
  held_out_images: 32,
  epochs: [1, 2, 3].map((epoch) => ({
    epoch,
    learning_rate: 0.1,
    train_loss: 2 / epoch,
    clean_accuracy: 0.2 * epoch,
    fgsm_accuracy: 0.15 * epoch,
    pgd10_accuracy: 0.14 * epoch,
    input_gradient_norm: 4 + epoch,
    linearization_error: 0.02 * epoch,
  })),
});

/** All input files of the table's cells by cell and file name. */
export function fixtureFiles(): Record<string, Record<string, string>> {
  const files: Record<string, Record<string, string>> = {
    "fetch:cifar10": {
      "dataset.json": JSON.stringify({
        name: "synthetic-v1",
        classes: Array.from({ length: 10 }, (_, i) => `class ${i}`),
      }),
    },
  };
  for (const row of REQUEST.table) {
    for (const end of ["", "@2"]) {
      const name = row.replace("/", ":") + end;
      files[`train:${name}`] = {
        "card.json": JSON.stringify({ arch: "preact_resnet18", width: 8 }),
        "history.json": history,
      };
      for (const attack of REQUEST.attacks) {
        const cell = `attack:${attack}:${name}`;
        files[cell] = { "verdicts.json": verdicts(cell) };
      }
    }
  }
  return files;
}

/** Reads from {@linkcode fixtureFiles}. */
export function fixtureReader(): ReadInput {
  const files = fixtureFiles();
  return (cell, file) => Promise.resolve(files[cell][file]);
}
