import { assertEquals, assertStringIncludes } from "@std/assert";
import { flags } from "../attacks/flags.ts";
import { cell, input, ROWS } from "./_fixture.ts";
import type { RowRecord } from "./records.ts";
import { measuredFlags } from "./measured/flags.ts";
import { tableFlags } from "./row_checks.ts";
import { buildTable1 } from "./table1.ts";
import { permitted } from "../../tests/permitted.ts";

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

const weaker = "although AutoAttack-Linf should be the stronger attack " +
  "(docs/flags.md#pgd-beats-autoattack)";

Deno.test("findings() names PGD-50 below AutoAttack", () => {
  assertEquals(found(igr(cell(50, 27, 28))), [
    "pgd-beats-autoattack: IGR GELU: PGD-50 leaves 42.2 % robust, fewer than AutoAttack-Linf's " +
    `43.8 %, ${weaker}`,
  ]);
});

/** A cell of 1,000 images: the first `broken` are robust to AutoAttack only. */
function thousand(broken: number) {
  const verdict = { images: 1000, clean: 800, epsilon: 8 / 255 };
  const robust = (from: number, to: number) =>
    Array.from({ length: 1000 }, (_, i) => i >= from && i < to);
  return cell(0, 0, 0, {
    attacks: {
      pgd50: { ...verdict, robust: 500 - broken, robustImages: robust(broken, 500) },
      autoattack: { ...verdict, robust: 300, robustImages: robust(0, 300) },
    },
  });
}

Deno.test("findings() names images that PGD-50 breaks and AutoAttack does not, beyond 0.2 %", () => {
  assertEquals(found(igr(thousand(3))), [
    "pgd-beats-autoattack: IGR GELU: PGD-50 breaks 3 of the 300 images that AutoAttack-Linf leaves " +
    `robust, ${weaker}`,
  ]);
  assertEquals(found(igr(thousand(2))), []);
});

const withFindings = (pgd50: readonly string[], autoattack: readonly string[], clean = 50) => {
  const { attacks, ...rest } = cell(clean, 30, 28);
  const add = (texts: readonly string[]) =>
    texts.map((text) => ({ flag: text.split(" ")[0], text }));
  return {
    ...rest,
    attacks: {
      pgd50: { ...attacks.pgd50!, findings: add(pgd50) },
      autoattack: { ...attacks.autoattack!, findings: add(autoattack) },
    },
  };
};

Deno.test("findings() shows what the attack cells found, once where both found it", () => {
  assertEquals(found(igr(withFindings(["zero a", "half b"], ["half b", "square c"]))), [
    "zero: IGR GELU, PGD-50: zero a",
    "half: IGR GELU: half b",
    "square: IGR GELU, AutoAttack-Linf: square c",
  ]);
});

Deno.test("findings() does not repeat an attack cell's flag that the table raises itself", () => {
  const row = withFindings(["clean-below-chance x"], ["clean-below-chance x"], 6);
  assertEquals(
    found(igr(row)).filter((text) => text.startsWith("clean-below-chance")).length,
    1,
  );
});

permitted(
  "flags and kinds with a link each have their paragraph in docs/flags.md, and no other",
  async () => {
    const text = await Deno.readTextFile(new URL("../../docs/flags.md", import.meta.url));
    const anchors = [...text.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
    assertEquals(anchors.toSorted(), [...flags, ...tableFlags, ...measuredFlags].toSorted());
    for (const part of text.split(/^### /m).slice(1)) {
      for (const label of ["**What it means.**", "**How it is measured.**", "**What to do.**"]) {
        assertStringIncludes(part, label);
      }
    }
  },
);

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
    "clean-below-chance: IGR GELU: clean accuracy 9.4 % is below chance (10.0 % for 10 classes) " +
    "(docs/flags.md#clean-below-chance)",
  ]);
  assertEquals(found(igr(cell(6, 2, 1)), { classes: 100 }), []);
  assertEquals(found(igr(cell(20, 21, 1))), [
    "robust-above-clean: IGR GELU: accuracy under PGD-50 (32.8 %) is above clean accuracy (31.3 %) " +
    "(docs/flags.md#robust-above-clean)",
  ]);
});

Deno.test("findings() names attacks that saw different images", () => {
  const { attacks: { pgd50, autoattack } } = cell(50, 30, 28);
  assertEquals(
    found(igr(cell(0, 0, 0, { attacks: { pgd50, autoattack: { ...autoattack!, clean: 49 } } }))),
    [
      "attacks-disagree: IGR GELU: the attacks saw different images or models: 50 of 64 correct " +
      "before PGD-50, 49 of 64 before AutoAttack-Linf (docs/flags.md#attacks-disagree)",
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
  const link = " (docs/flags.md#only-one-step-robust)";
  assertEquals(found(row("fgsm")), [
    `only-one-step-robust: FGSM ReLU: ${start}: catastrophic overfitting to one-step attacks` +
    link,
  ]);
  assertEquals(found(row("igr")), [
    `only-one-step-robust: IGR ReLU: ${start}: gradient masking` + link,
  ]);
  assertEquals(found(row("natural")), []);
});

Deno.test("findings() names cells of different settings, and which seed is meant", () => {
  assertEquals(found(igr(cell(50, 30, 28), cell(50, 27, 28, { seed: 2, epochs: 9 }))), [
    "pgd-beats-autoattack: IGR GELU (seed 2): PGD-50 leaves 42.2 % robust, fewer than " +
    `AutoAttack-Linf's 43.8 %, ${weaker}`,
    "mixed-settings: The cells differ in epochs: 10, 9",
  ]);
});

Deno.test("findings() ends with the widest confidence interval", () => {
  assertEquals(
    buildTable1(input(ROWS)).findings.at(-1)?.text,
    "The widest 95 % confidence interval is ± 11.9 percentage points (Wilson, 64 images; " +
      "FGSM GELU, PGD-50)",
  );
});

Deno.test("findings() says that a training stopped on its collapse, and whose model is attacked", () => {
  const stopped = { epoch: 12, ofEpochs: 40, modelEpoch: 11 };
  assertEquals(found(igr(cell(50, 30, 28, { stopped }))), [
    "stopped-on-collapse: IGR GELU: training stopped after epoch 12 of 40, at whose end it had " +
    "collapsed; the model is that of epoch 11, the last before",
  ]);
});
