import { historyOf as historyRecord } from "./history.ts";
import type { Setting } from "./parameters.ts";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { dirname, join } from "node:path";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";
import type { Place } from "../../lib/training/course.ts";
import type { Task } from "../../lib/task.ts";
import { outputsOf as declared } from "../../pipeline/cells/outputs.ts";
import { permitted } from "../../tests/permitted.ts";
import { jobRules } from "../_run_stage.ts";
import { type Job, StageFailure } from "../job.ts";
import { outputsOf, parameters, scene, silent, stopAfterEpoch } from "./_scene.ts";
import { decodeState } from "./checkpoint.ts";
import { run } from "./main.ts";
import { train } from "./mod.ts";

const cpu = { kind: "cpu" }, TINY: Task = { image: [8, 8, 3], classes: 10 };

/** Noise, crops and mixed images, so that all random numbers count; four steps an epoch. */
const random = {
  method: "fgsm-rs",
  objective: { epsilon: 8 / 255, step_size: 10 / 255 },
  recipe: {
    ...parameters.recipe,
    epochs: 3,
    batch_size: 1,
    mixing: { mixup_alpha: 1, cutmix_alpha: 0, probability: 1, switch_probability: 0.5 },
    log_every_steps: 3,
  },
};
const kept: Place[] = [{ epoch: 1 }, { epoch: 1, step: 2 }];
const files = ["state-1.safetensors", "state-1+2.safetensors"];
const course = (more: object) => ({ ...random, recipe: { ...random.recipe, ...more } });

const historyOf = (output: string) =>
  JSON.parse(Deno.readTextFileSync(join(output, "history.json")));

/** A job that goes on from a state, with a work folder of its own. */
async function branch(job: Job, state: string, place: Place): Promise<Job> {
  const [name] = state.split("/").slice(-1), work = await Deno.makeTempDir({ dir: job.work });
  return {
    ...job,
    cell: "train:branch",
    work,
    parameters: { ...job.parameters, branch: { ...place } },
    inputs: {
      ...job.inputs,
      "train:fgsm-rs:relu": { [name]: state, "card.json": join(dirname(state), "card.json") },
    },
  };
}

permitted("run() goes on from a state at an epoch or a step to the same bytes", async () => {
  await using scenery = await scene(TINY);
  const row = await scenery.job(cpu, course({ keep_states: kept }));
  const whole = await outputsOf(row);
  assertEquals(
    [...Deno.readDirSync(row.output)].map(({ name }) => name).sort(),
    [...declared({ stage: train, parameters: row.parameters })].sort(),
  );
  for (const [i, place] of kept.entries()) {
    const job = await branch(await scenery.job(cpu, random), join(row.output, files[i]), place);
    const replay = await outputsOf(job);
    assertEquals(replay.files[0], whole.files[0], files[i]);
    const { parent, ...history } = historyOf(job.output);
    assertEquals(parent, { cell: "train:fgsm-rs:relu", ...place });
    assertEquals(history, historyOf(row.output));

    // killed in its middle, it goes on as well
    const again = await branch(await scenery.job(cpu, random), join(row.output, files[i]), place);
    await stopAfterEpoch(again, 9);
    assertEquals(await outputsOf(again), { ...replay, logged: ["going on after epoch 2"] });
  }
});

permitted(
  "run() gives a replay the best model of before, and a branch of another network none",
  async () => {
    await using scenery = await scene(TINY);
    const best = course({ evaluate: "best" }), state = { epoch: 2 };
    const row = await scenery.job(cpu, course({ evaluate: "best", keep_states: [state] }));
    const whole = await outputsOf(row), path = join(row.output, "state-2.safetensors");
    const replay = await branch(await scenery.job(cpu, best), path, state);
    assertEquals((await outputsOf(replay)).files[0], whole.files[0]);
    const { best_epoch } = historyOf(row.output);
    assertEquals(historyOf(replay.output).best_epoch, best_epoch);
    assert(best_epoch < 3, "of an epoch that the branch has not");
    const other = await branch(
      await scenery.job(cpu, { ...best, activation: "silu" }),
      path,
      state,
    );
    await run(other, silent);
    assertEquals(historyOf(other.output).best_epoch, 3);
  },
);

permitted("run() keeps the same states in a training that ends at them", async () => {
  await using scenery = await scene(TINY);
  const row = await scenery.job(cpu, course({ keep_states: kept }));
  await run(row, silent);
  for (const [i, until] of kept.entries()) {
    const prefix = await scenery.job(cpu, { ...course({ keep_states: [until] }), until });
    await run({ ...prefix, work: await Deno.makeTempDir({ dir: prefix.work }) }, silent);
    assertEquals(
      await Deno.readFile(join(prefix.output, files[i])),
      await Deno.readFile(join(row.output, files[i])),
    );
    assertEquals(historyOf(prefix.output).epochs.length, 1);
  }
});

permitted("run() logs the probe images every few steps, and trains the same model", async () => {
  await using scenery = await scene(TINY);
  const logged = await scenery.job(cpu, random);
  const plain = await scenery.job(cpu, course({ log_every_steps: undefined }));
  const [with_, without] = [
    await outputsOf(logged),
    await outputsOf({ ...plain, work: await Deno.makeTempDir({ dir: plain.work }) }),
  ];
  assertEquals(with_.files[0], without.files[0]);
  const { steps, ...rest } = historyOf(logged.output);
  assertEquals(rest, historyOf(plain.output));
  const times = steps.map(({ step, epoch }: { step: number; epoch: number }) => [step, epoch]);
  assertEquals(times, [[3, 0.75], [6, 1.5], [9, 2.25], [12, 3]]);
  // the probe images are all held-out images here, and the last step ends the last epoch
  const { epoch: _, ...last } = steps.at(-1), { epochs: [, , third] } = rest;
  for (const [name, value] of Object.entries(last)) {
    if (name !== "step") assertEquals(value, third[name], name);
  }
});

/**
 * Gray images and a network whose logit of the only class they have, over the gray level, dips and
 * rises again. Half of the images lie before the dip and half within; one step of epsilon leaps over it
 * in both cases, smaller ones end in it. So FGSM accuracy is 1, clean accuracy 1/2, PGD-10 accuracy 0.
 */
async function collapsed(job: Job): Promise<Job> {
  const { "train.bin": images } = job.inputs["fetch:cifar10"], levels = [102, 117];
  const records = await Deno.readFile(images), bytes = records.length / 6;
  for (let i = 0; i < 6; i++) {
    records.fill(levels[i % 2], i * bytes, (i + 1) * bytes);
    records[i * bytes] = 0;
  }
  await Deno.writeFile(images, records);
  await run(job, silent);
  const file = join(job.output, "model.safetensors");
  const { tensors, metadata } = decodeSafetensors(await Deno.readFile(file), file);
  const set = (name: string, values: number[], places = values.map((_, i) => i)) => {
    const data = tensors[name].data as Float32Array;
    data.fill(0);
    for (const [i, place] of places.entries()) data[place] = values[i];
  };
  // each filter looks at its own pixel alone: its gray level less 0 and less 0.5
  const taps = [0, 1].flatMap((filter) =>
    [0, 1, 2].map((channel) => (filter * 3 + channel) * 9 + 4)
  );
  set("conv.weight", taps.map(() => 0.2 / 3), taps);
  set("conv.bias", [0.5, 0]);
  const pixels = 64,
    logit = [...Array(pixels).fill(-50 / pixels), ...Array(pixels).fill(110 / pixels)];
  set("linear.weight", logit);
  set("linear.bias", [21, 0]);
  await Deno.writeFile(file, encodeSafetensors(tensors, metadata));
  return {
    ...job,
    output: await Deno.makeTempDir({ dir: dirname(job.output) }),
    work: await Deno.makeTempDir({ dir: job.work }),
    inputs: { ...job.inputs, "train:natural:relu": { "model.safetensors": file } },
  };
}

permitted(
  "run() stops at a collapse; in the first epoch no model of before is measured",
  async () => {
    await using scenery = await scene({ image: [8, 8, 3], classes: 2 });
    const recipe = {
      ...parameters.recipe,
      epochs: 3,
      weight_decay: 0,
      augmentation: { crop_padding: 0, flip: false },
      schedule: { kind: "piecewise", learning_rate: 0, milestones: [], factor: 1 },
    };
    const natural = await scenery.job(cpu, { recipe });
    const objective = { epsilon: 0.2, step_size: 0.2, start: "zero" };
    const job = await collapsed(natural);
    for (const stops of [true, false]) {
      const output = await Deno.makeTempDir({ dir: dirname(job.output) });
      const work = await Deno.makeTempDir({ dir: job.work });
      await outputsOf({
        ...{ ...job, output, work },
        rules: { ...job.rules, ...jobRules({ method: ["fgsm"] }) },
        parameters: {
          ...{ ...job.parameters, method: "fgsm", objective, evaluation: { epsilon: 0.2 } },
          recipe: {
            ...recipe,
            start: { method: "natural" },
            ...stops ? { stop_on_collapse: true } : {},
          },
        },
      });
      const { epochs, stopped } = historyOf(output);
      const [{ clean_accuracy, fgsm_accuracy, pgd10_accuracy }] = epochs;
      assertEquals({ clean_accuracy, fgsm_accuracy, pgd10_accuracy }, {
        ...{ clean_accuracy: 0.5, fgsm_accuracy: 1, pgd10_accuracy: 0 },
      });
      assertEquals(epochs.length, stops ? 1 : 3);
      assertEquals(
        stopped,
        stops ? { reason: "collapse", epoch: 1, of_epochs: 3, model_epoch: 1 } : undefined,
      );
    }
  },
);

permitted("run() goes on where it is to stop at a collapse and there is none", async () => {
  await using scenery = await scene(TINY);
  const stopping = await outputsOf(await scenery.job(cpu, course({ stop_on_collapse: true })));
  const plain = await outputsOf(await scenery.job(cpu, course({})));
  assertEquals(stopping.files, plain.files);
});

Deno.test("historyOf() says where a training stopped, and whose model it left", () => {
  const setting = {
    network: { activation: { name: "relu" } },
    objective: { name: "fgsm" },
    recipe: { ...random.recipe, epochs: 9, probe_images: 1 },
  } as unknown as Setting;
  const trained = {
    ...{ history: [], log: [] },
    stopped: { epoch: 4, model: { epoch: 3, step: 2 } },
  };
  assertEquals(historyRecord(setting, trained, {}).stopped, {
    ...{ reason: "collapse", epoch: 4, of_epochs: 9, model_epoch: 3, model_step: 2 },
  });
});

permitted("run() gives a branch with another activation what it learns afresh", async () => {
  await using scenery = await scene(TINY);
  const row = await scenery.job(cpu, course({ keep_states: [kept[0]] }));
  await run(row, silent);
  const schedule = { kind: "piecewise", learning_rate: 0, milestones: [], factor: 1 };
  const still = course({ schedule, epochs: 2 });
  const job = await branch(
    await scenery.job(cpu, { ...still, activation: "prelu" }),
    join(row.output, files[0]),
    kept[0],
  );
  await run(job, silent);
  const bytes = await Deno.readFile(join(job.output, "model.safetensors"));
  const { tensors } = decodeSafetensors(bytes, "model.safetensors");
  const state = decodeState(await Deno.readFile(join(row.output, files[0])), "state");
  assertEquals(tensors["conv.bias"].data, state.tensors["weight/conv.bias"].data);
  const slopes = Object.entries(tensors).filter(([name]) => /act.*weight$/.test(name));
  assertEquals(slopes.map(([, { data }]) => data), [Float32Array.of(0.25)]);
});

permitted("run() says which state is missing, and which cannot be kept", async () => {
  await using scenery = await scene(TINY);
  const job = await scenery.job(cpu, random);
  const alone = { ...job, parameters: { ...job.parameters, branch: { epoch: 1, step: 2 } } };
  await assertRejects(
    () => run(alone, silent),
    StageFailure,
    'Cannot go on from step 2 of epoch 2: "state-1+2.safetensors" of train:… is not among the inputs of',
  );
  const late = await scenery.job(cpu, course({ keep_states: [{ epoch: 1, step: 4 }] }));
  await assertRejects(
    () => run(late, silent),
    StageFailure,
    "recipe.keep_states[0] is step 4 of epoch 2, expected a step below 4, those of an epoch",
  );
});

permitted("run() starts again where a state that it kept is damaged", async () => {
  await using scenery = await scene(TINY);
  const job = await scenery.job(cpu, course({ keep_states: kept }));
  await stopAfterEpoch(job, 9);
  await Deno.writeTextFile(join(job.work, files[1]), "damaged");
  const { logged } = await outputsOf(await scenery.job(cpu, course({ keep_states: kept })));
  assertEquals(logged, ["starting again, not from the checkpoint: it is damaged"]);
});

Deno.test("train names the files of states, and of nothing else that parameters say", () => {
  const of = (keep_states: unknown) =>
    declared({ stage: train, parameters: { recipe: { keep_states } as never } });
  assertEquals(of(kept).slice(3), files);
  assertEquals(declared({ stage: train, parameters: {} }).length, 3);
  assertThrows(() => of([{ epoch: "../../x" }]), TypeError, "recipe.keep_states[0].epoch is");
  assert(of(undefined).length === 3);
});
