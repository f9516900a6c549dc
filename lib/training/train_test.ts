import { assert, assertEquals, assertRejects } from "@std/assert";
import { engines } from "../../tests/engines.ts";
import { modelCard } from "../models/card.ts";
import { stream } from "../random/philox.ts";
import type { LabelledImages } from "./monitor.ts";
import type { Objective } from "./objectives.ts";
import {
  type Checkpoint,
  DivergenceError,
  type Recipe,
  train,
  type TrainOptions,
} from "./train.ts";

const [, pjrt] = await engines();

const recipe: Recipe = {
  epochs: 3,
  batch_size: 8,
  momentum: 0.9,
  nesterov: false,
  weight_decay: 5e-4,
  schedule: { kind: "one_cycle", learning_rate: 0.02, warmup: 0.4 },
  augmentation: { crop_padding: 4, flip: true },
  batch_norm: { mode: "train", momentum: 0.1 },
  probe_images: 8,
};

/** Images whose brightness tells their class. */
function images(name: string, count: number): LabelledImages {
  const labels = Int32Array.from({ length: count }, (_, i) => i % 10), size = 32 * 32 * 3;
  const pixels = new Float32Array(count * size);
  stream(0n, name).fill(pixels, 0, 0.1);
  return { images: pixels.map((value, i) => value + labels[Math.floor(i / size)] / 12), labels };
}

const igr: Objective = { kind: "igr", lambda: 1, epsilon: 8 / 255, ramp_epochs: 1 };
const fgsm: Objective = { kind: "fgsm", epsilon: 8 / 255, step_size: 10 / 255, start: "random" };

const setting = (objective: Objective, changes: Partial<Recipe> = {}): TrainOptions => ({
  card: modelCard({ activation: "gelu", width: 1 }),
  objective,
  recipe: { ...recipe, ...changes },
  training: images("training", 21),
  heldOut: images("held out", 10),
  epsilon: 8 / 255,
  seed: 7n,
});

const test = (name: string, fn: () => Promise<void>) =>
  Deno.test({ name: `${name} [${pjrt.label}]`, ignore: pjrt.ignore, fn });

for (const objective of [igr, fgsm]) {
  test(`train() of ${objective.kind} resumed after an epoch ends bit for bit as without a break`, async () => {
    using engine = await pjrt.open();
    const checkpoints: Checkpoint[] = [];
    const onEpoch = (checkpoint: Checkpoint) => {
      checkpoints.push({ ...checkpoint, history: [...checkpoint.history] });
      return Promise.resolve();
    };
    const whole = await train(engine, { ...setting(objective), onEpoch });
    assertEquals(checkpoints.map(({ epoch }) => epoch), [1, 2, 3]);
    assertEquals(whole.steps, 3 * Math.floor(21 / 8));
    const again = await train(engine, setting(objective));
    assertEquals(again, whole);
    const resumed = await train(engine, { ...setting(objective), checkpoint: checkpoints[0] });
    assertEquals(resumed, whole);
    assertEquals(engine.live(), 0, "native buffers and executables left");
  });
}

test("train() depends on the seed, and on the ramp of lambda", async () => {
  using engine = await pjrt.open();
  const once = { epochs: 1 };
  const loss = async (options: TrainOptions) =>
    (await train(engine, options)).history[0].train_loss;
  const base = await loss(setting(igr, once));
  assert(base !== await loss({ ...setting(igr, once), seed: 8n }));
  assert(base < await loss(setting({ ...igr, ramp_epochs: 0 }, once)));
});

test("train() that diverges names the epoch and the last finite values", async () => {
  using engine = await pjrt.open();
  const explode = { kind: "piecewise", learning_rate: 1e18, milestones: [], factor: 1 } as const;
  const error = await assertRejects(
    () => train(engine, setting({ kind: "natural" }, { schedule: explode })),
    DivergenceError,
    "Training diverged in epoch 1",
  );
  assert(error.message.includes("no epoch before it finished"), error.message);
});

test("train() refuses fewer images than a batch", async () => {
  using engine = await pjrt.open();
  await assertRejects(
    () => train(engine, setting(igr, { batch_size: 22 })),
    RangeError,
    "21 images in batches of 22",
  );
});
