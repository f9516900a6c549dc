import { assertEquals } from "@std/assert";
import { collapse, collapsedRecord } from "./collapse.ts";

/** Epochs of which FGSM and PGD-10 accuracy are known, in percent. */
const epochs = (...accuracies: [fgsm: number, pgd: number][]) =>
  accuracies.map(([fgsm, pgd], i) => ({
    epoch: i + 1,
    fgsm_accuracy: fgsm / 100,
    pgd10_accuracy: pgd / 100,
  }));

Deno.test("collapse() is the first epoch in which PGD is lost and FGSM is not", () => {
  const trained = epochs([20, 18], [30, 24], [45, 14], [60, 11], [99, 0]);
  assertEquals(collapse(trained, 10), { epoch: 4, recovered: false });
  assertEquals(collapse(trained.slice(0, 3), 10), null, "14 is more than half of 24");
});

Deno.test("collapse() tells a training that recovers", () => {
  assertEquals(collapse(epochs([30, 24], [80, 2], [30, 22]), 10), { epoch: 2, recovered: true });
});

Deno.test("collapse() is none where FGSM is lost as well, or nothing was there to lose", () => {
  assertEquals(collapse(epochs([30, 24], [11, 11]), 10), null);
  assertEquals(collapse(epochs([30, 10], [40, 2]), 10), null, "10 % is chance for ten classes");
  assertEquals(collapse(epochs([40, 30], [34, 28]), 10), null, "robust overfitting");
});

Deno.test("collapsedRecord() is the record itself, and passes over those without numbers", () => {
  const records = [...epochs([20, 18], [30, 24]), {
    step: 7,
    fgsm_accuracy: 0.9,
    pgd10_accuracy: 0.1,
  }];
  const unknown = { step: 6, fgsm_accuracy: null, pgd10_accuracy: null };
  const found = collapsedRecord([...records.slice(0, 2), unknown, records[2]], 10);
  assertEquals(found, { first: records[2], recovered: false });
});
