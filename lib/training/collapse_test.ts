import { assertEquals } from "@std/assert";
import { collapse, collapsedRecord, lastingCollapse } from "./collapse.ts";

/** Epochs of which accuracies are known, in percent; a clean one is 100 where none is given. */
const epochs = (...accuracies: [fgsm: number, pgd: number, clean?: number][]) =>
  accuracies.map(([fgsm, pgd, clean = 100], i) => ({
    epoch: i + 1,
    clean_accuracy: clean / 100,
    fgsm_accuracy: fgsm / 100,
    pgd10_accuracy: pgd / 100,
  }));

Deno.test("collapse() is the first epoch in which PGD is lost and FGSM is not", () => {
  const trained = epochs([20, 18], [30, 24], [45, 14], [60, 11], [99, 0]);
  assertEquals(collapse(trained, 10), { epoch: 4, recovered: false });
  assertEquals(collapse(trained.slice(0, 3), 10), null, "14 is more than half of 24");
});

Deno.test("collapse() finds a training that had nothing to lose by its label leaking", () => {
  const trained = epochs([5, 3, 26], [11, 9, 23], [18, 2, 25], [35, 0, 16], [99, 0, 14]);
  assertEquals(collapse(trained, 10), { epoch: 4, recovered: false });
  assertEquals(collapse(epochs([18, 0, 90], [30, 0, 95]), 10), null, "natural training");
  assertEquals(collapse(epochs([24, 20, 22]), 10), null, "robust against both");
});

Deno.test("collapse() tells a training that recovers", () => {
  assertEquals(collapse(epochs([30, 24], [80, 2], [30, 22]), 10), { epoch: 2, recovered: true });
});

Deno.test("lastingCollapse() has recovered only where PGD is half of FGSM again", () => {
  const after = (fgsm: number, pgd: number) =>
    lastingCollapse(epochs([30, 24], [80, 2], [fgsm, pgd]), 10);
  assertEquals(after(30, 22), { epoch: 2, recovered: true });
  assertEquals(after(30, 2), { epoch: 2, recovered: false }, "FGSM is lost as well");
  assertEquals(lastingCollapse(epochs([5, 3, 26], [35, 0, 16], [45, 0, 49]), 10), {
    ...{ epoch: 2, recovered: false },
  }, "FGSM is below clean again");
  assertEquals(lastingCollapse(epochs([30, 24], [28, 22]), 10), null);
});

Deno.test("collapse() is none where FGSM is lost as well, or nothing was there to lose", () => {
  assertEquals(collapse(epochs([30, 24], [11, 11]), 10), null);
  assertEquals(collapse(epochs([30, 10], [40, 2]), 10), null, "10 % is chance for ten classes");
  assertEquals(collapse(epochs([40, 30], [34, 28]), 10), null, "robust overfitting");
  assertEquals(collapse(epochs([14, 14], [8, 6.6]), 10), null, "one low epoch of both");
});

Deno.test("collapsedRecord() is the record itself, and passes over those without numbers", () => {
  const records = [...epochs([20, 18], [30, 24]), {
    step: 7,
    clean_accuracy: 1,
    fgsm_accuracy: 0.9,
    pgd10_accuracy: 0.1,
  }];
  const unknown = { step: 6, clean_accuracy: 1, fgsm_accuracy: null, pgd10_accuracy: null };
  const found = collapsedRecord([...records.slice(0, 2), unknown, records[2]], 10);
  assertEquals(found, { first: records[2], recovered: false });
});
