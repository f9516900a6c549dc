import { assertEquals, assertThrows } from "@std/assert";
import { planTrial } from "./trial.ts";

const work = (history: unknown) => ({
  parameters: {},
  output: () => new TextEncoder().encode(JSON.stringify(history)),
});

Deno.test("planTrial() compares the record of the first epoch, and plans nothing for a single one", () => {
  const epochs = [{ epoch: 1, loss: 2 }, { epoch: 2, loss: 1 }];
  const history = { method: "igr", best_epoch: 2, epochs };
  const trial = planTrial(work(history))!;
  assertEquals([trial.job, trial.what, trial.share], [{ epochs: 1 }, "epoch 1 of 2", 0.5]);
  const part = trial.parts["history.json"](new TextEncoder().encode(JSON.stringify(history)));
  assertEquals(JSON.parse(new TextDecoder().decode(part)), {
    method: "igr",
    epochs: [{ epoch: 1, loss: 2 }],
  });
  assertEquals(planTrial(work({ epochs: [{}] })), undefined);
  assertThrows(
    () => planTrial(work({})),
    TypeError,
    "Cannot read history.json: it has no list of epochs",
  );
});

Deno.test("planTrial() tries the first epoch that is a branch's own", () => {
  const steps = [{ epoch: 2.5, step: 5 }, { epoch: 3.5, step: 7 }], stopped = { epoch: 4 };
  const epochs = [1, 2, 3, 4].map((epoch) => ({ epoch }));
  const history = { parent: { epoch: 2 }, stopped, epochs, steps };
  const trial = planTrial(work(history))!;
  assertEquals([trial.job, trial.what, trial.share], [{ epochs: 3 }, "epoch 3 of 4", 0.5]);
  const part = trial.parts["history.json"](new TextEncoder().encode(JSON.stringify(history)));
  assertEquals(JSON.parse(new TextDecoder().decode(part)), {
    parent: { epoch: 2 },
    epochs: epochs.slice(0, 3),
    steps: steps.slice(0, 1),
  });
  assertEquals(planTrial(work({ ...history, epochs: epochs.slice(0, 3) })), undefined);
});
