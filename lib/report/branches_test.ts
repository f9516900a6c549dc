import { assertEquals, assertStringIncludes } from "@std/assert";
import { type BranchTable, collapseTime, endingOf } from "./branches.ts";
import { branchesMarkdown, branchesText } from "./branches_text.ts";
import type { History, Step } from "./read_history.ts";

/** Accuracies in percent at some times: whole ones are ends of epochs, others steps of ten an epoch. */
function history(...times: [epoch: number, fgsm: number, pgd: number][]): History {
  const records = times.map(([epoch, fgsm, pgd]): Step => ({
    epoch,
    step: Math.round(10 * epoch),
    clean_accuracy: 0.5,
    fgsm_accuracy: fgsm / 100,
    pgd10_accuracy: pgd / 100,
    input_gradient_norm: 12.34,
    linearization_error: -0.5,
  }));
  return {
    epochs: records.filter(({ epoch }) => Number.isInteger(epoch)).map((
      { step: _, ...record },
    ) => ({
      ...record,
      train_loss: 1,
    })),
    steps: records.filter(({ epoch }) => !Number.isInteger(epoch)),
    probeImages: 8,
    heldOutImages: 16,
  };
}

const collapsing = history([1, 30, 24], [1.2, 40, 20], [1.4, 70, 8], [2, 99, 0]);

Deno.test("collapseTime() is the step where it was logged, against the best of all before", () => {
  assertEquals(collapseTime(collapsing, 10), { epoch: 1.4, step: 14, recovered: false });
  const { epochs } = collapsing;
  assertEquals(collapseTime({ epochs, steps: [] }, 10), { epoch: 2, recovered: false });
  assertEquals(collapseTime(history([1, 30, 24], [2, 30, 23]), 10), null);
});

Deno.test("endingOf() is the epoch whose model is stored", () => {
  const stopped = { epoch: 2, ofEpochs: 9, modelEpoch: 1 };
  assertEquals(endingOf("c", "t", { ...collapsing, stopped }, 10).pgd10_accuracy, 0.24);
  assertEquals(endingOf("c", "t", collapsing, 10).pgd10_accuracy, 0);
});

Deno.test("branches are printed beneath their row, with when they collapsed and what to know", () => {
  const stopped = { epoch: 2, ofEpochs: 9, modelEpoch: 1 };
  const branch = (title: string, of: History, more = {}) => ({
    ...endingOf(`train:${title}`, title, of, 10),
    ...{ from: "epoch 1", differs: title, ...more },
  });
  const table: BranchTable = {
    profile: "a",
    heldOutImages: 16,
    families: [{
      row: endingOf("train:fgsm:relu", "FGSM ReLU", collapsing, 10),
      branches: [
        branch("replay", collapsing, { differs: "nothing", sameModel: true }),
        branch("GELU", history([1, 30, 24], [2, 32, 25])),
        branch("stopping", { ...collapsing, stopped }),
      ],
    }],
  };
  assertEquals(
    branchesText(table),
    `Branches of the a profile: trainings that go on from a state of another with something changed.
Accuracy (%) on 16 held-out images, R and the input gradient's norm at the end.

Training   From     Differs in  Collapse                   Clean  FGSM  PGD-10     R  ‖∇‖₁
──────────────────────────────────────────────────────────────────────────────────────────
FGSM ReLU                       step 14 (epoch 2, 40.0 %)   50.0  99.0     0.0  -0.5  12.3
replay     epoch 1  nothing     step 14 (epoch 2, 40.0 %)   50.0  99.0     0.0  -0.5  12.3
GELU       epoch 1  GELU        none                        50.0  32.0    25.0  -0.5  12.3
stopping   epoch 1  stopping    step 14 (epoch 2, 40.0 %)   50.0  30.0    24.0  -0.5  12.3

Notes
- replay: the model has the same bytes as FGSM ReLU's
- stopping: training stopped after epoch 2 of 9, at whose end it had collapsed; the model is that of
  epoch 1
- Collapse: PGD-10 accuracy was lost while FGSM accuracy held; a step's is that of the probe images
`,
  );
  const markdown = branchesMarkdown(table);
  assertStringIncludes(markdown, "| GELU | epoch 1 | GELU | none | 50.0 | 32.0 | 25.0 | -0.5 |");
});
