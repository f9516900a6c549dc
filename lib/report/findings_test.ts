import { assertEquals } from "@std/assert";
import { cell, input, ROWS } from "./_fixture.ts";
import type { RowRecord } from "./records.ts";
import { buildTable1 } from "./table1.ts";

function found(row: RowRecord, more = {}) {
  return buildTable1(input([row], more)).findings
    .filter(({ kind }) => kind !== "widest-interval")
    .map(({ kind, text }) => `${kind}: ${text}`);
}

const igr = (...cells: RowRecord["cells"]) => ({ method: "igr", activation: "gelu", cells });

Deno.test("findings() has nothing to say about a sound row", () => {
  assertEquals(found(igr(cell(50, 30, 28))), []);
  assertEquals(found(igr(cell(50, 30, 30))), []);
});

Deno.test("findings() names PGD-50 below AutoAttack", () => {
  assertEquals(found(igr(cell(50, 27, 28))), [
    "pgd50-below-autoattack: IGR GELU: PGD-50 leaves 42.2 % robust, fewer than AutoAttack's " +
    "43.8 %, although AutoAttack should be the stronger attack",
  ]);
});

Deno.test("findings() names accuracies of exactly 0 and 100 %, and the paper's own", () => {
  assertEquals(found(igr(cell(64, 30, 0))), [
    "exactly-0-or-100: IGR GELU: clean accuracy is exactly 100 % (64 of 64 images)",
    "exactly-0-or-100: IGR GELU: accuracy under AutoAttack-Linf is exactly 0 % (0 of 64 images)",
  ]);
  assertEquals(found({ method: "fgsm", activation: "relu", cells: [cell(50, 1, 0)] }), [
    "exactly-0-or-100: FGSM ReLU: accuracy under AutoAttack-Linf is exactly 0 % " +
    "(0 of 64 images), as in the paper",
  ]);
});

Deno.test("findings() names clean accuracy below chance, and robust above clean", () => {
  assertEquals(found(igr(cell(6, 2, 1))), [
    "clean-below-chance: IGR GELU: clean accuracy 9.4 % is below chance (10.0 % for 10 classes)",
  ]);
  assertEquals(found(igr(cell(6, 2, 1)), { classes: 100 }), []);
  assertEquals(found(igr(cell(20, 21, 1))), [
    "robust-above-clean: IGR GELU: accuracy under PGD-50 (32.8 %) is above clean accuracy (31.3 %)",
  ]);
});

Deno.test("findings() names attacks that saw different images", () => {
  const { attacks: { pgd50, autoattack } } = cell(50, 30, 28);
  assertEquals(
    found(igr(cell(0, 0, 0, { attacks: { pgd50, autoattack: { ...autoattack!, clean: 49 } } }))),
    [
      "attacks-disagree: IGR GELU: the attacks saw different images or models: 50 of 64 correct " +
      "before PGD-50, 49 of 64 before AutoAttack",
    ],
  );
});

Deno.test("findings() names robustness to one step alone, by what causes it", () => {
  const last = { ...cell(0, 0, 0).last, fgsm_accuracy: 0.7, pgd10_accuracy: 0.02 };
  const row = (method: string) => ({
    method,
    activation: "relu",
    cells: [cell(50, 30, 28, { last })],
  });
  const start = "after epoch 10, held-out accuracy is 70.0 % under FGSM but 2.0 % under PGD-10";
  assertEquals(found(row("fgsm")), [
    `only-one-step-robust: FGSM ReLU: ${start}: catastrophic overfitting to one-step attacks`,
  ]);
  assertEquals(found(row("igr")), [`only-one-step-robust: IGR ReLU: ${start}: gradient masking`]);
  assertEquals(found(row("natural")), []);
});

Deno.test("findings() names cells of different settings, and which seed is meant", () => {
  assertEquals(found(igr(cell(50, 30, 28), cell(50, 27, 28, { seed: 2, epochs: 9 }))), [
    "pgd50-below-autoattack: IGR GELU (seed 2): PGD-50 leaves 42.2 % robust, fewer than " +
    "AutoAttack's 43.8 %, although AutoAttack should be the stronger attack",
    "mixed-settings: The cells differ in epochs: 10, 9; the caption names the smallest",
  ]);
});

Deno.test("findings() ends with the widest confidence interval", () => {
  assertEquals(
    buildTable1(input(ROWS)).findings.at(-1)?.text,
    "The widest 95 % confidence interval is ± 11.9 percentage points (Wilson, 64 images; " +
      "FGSM GELU, PGD-50)",
  );
});
