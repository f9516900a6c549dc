import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { decodeSafetensors } from "../../lib/formats/safetensors.ts";
import { findPlugin } from "../../tests/engines.ts";
import { type Job, StageFailure } from "../job.ts";
import { outputsOf, parameters, scene, silent, stopAfterEpoch } from "./_scene.ts";
import { run } from "./main.ts";
import { permitted } from "../../tests/permitted.ts";

const plugin = await findPlugin();
const skipped = plugin ? "" : ' (skipped: no plugin; run "deno task pipeline" once)';

permitted({
  name: "run() goes on with its own engine's checkpoint alone, and leaves the same bytes" + skipped,
  ignore: !plugin,
  async fn() {
    const pjrt = { kind: "pjrt", plugin, versions: { plugin: "1" } }, cpu = { kind: "cpu" };
    await using whole = await scene();
    const expected = await outputsOf(await whole.job(pjrt));
    assertEquals(expected.logged, []);
    const going = ["going on after epoch 1"];
    const restart = (why: string) => [`starting again, not from the checkpoint: ${why}`];
    const cases: [string, Job["engine"], string[]][] = [
      ["its own", pjrt, going],
      ["another engine's", cpu, restart('engine.engine was "cpu" and is "pjrt", and 6 more')],
    ];
    for (const [name, engine, told] of cases) {
      await using scenery = await scene();
      await stopAfterEpoch(await scenery.job(engine));
      const found = await outputsOf(await scenery.job(pjrt));
      assertEquals(found.files, expected.files, name);
      assertEquals(found.provenance, expected.provenance, name);
      assertEquals(found.logged, told, name);
    }
  },
});

permitted("run() trains on images of another shape, with another number of classes", async () => {
  await using scenery = await scene({ image: [8, 8, 1], classes: 3 });
  const model = { ...parameters.model, mean: [0.5], std: [0.2] };
  const recipe = { ...parameters.recipe, epochs: 1 };
  const job = await scenery.job({ kind: "cpu" }, { model, recipe });
  const { metrics } = await run(job, silent);
  assert(Number.isFinite(metrics.train_loss));
  const bytes = await Deno.readFile(join(job.output, "model.safetensors"));
  const { tensors } = decodeSafetensors(bytes, "model.safetensors");
  assertEquals(tensors["conv.weight"].shape, [2, 1, 3, 3]);
  assertEquals(tensors["linear.weight"].shape, [3, 8 * 8 * 2]);

  const wrong = await scenery.job({ kind: "cpu" }, { recipe });
  await assertRejects(() => run(wrong, silent), TypeError, "model.mean is [0.5,0.5,0.5], expected");
});

permitted(
  "run() starts from the model of the cell that the recipe names, and says which",
  async () => {
    await using scenery = await scene();
    const once = { ...parameters.recipe, epochs: 1 };
    const first = await scenery.job({ kind: "cpu" }, { recipe: once });
    await run(first, silent);
    const schedule = { kind: "piecewise", learning_rate: 0, milestones: [], factor: 1 };
    const recipe = { ...once, schedule, start: { method: "natural" } };
    const job = { ...await scenery.job({ kind: "cpu" }, { recipe }), cell: "train:igr:relu" };
    const model = join(first.output, "model.safetensors");
    const given = { "train:natural:relu": { "model.safetensors": model } };
    // of another origin than the checkpoint of the first
    await Deno.remove(job.work, { recursive: true });
    await Deno.mkdir(job.work);
    const { files } = await outputsOf({ ...job, inputs: { ...job.inputs, ...given } });
    assertEquals(files[0], await Deno.readFile(model), "steps of length 0 change nothing");
    assertEquals(JSON.parse(new TextDecoder().decode(files[1])).start, "train:natural:relu");
    await assertRejects(
      () => run(job, silent),
      StageFailure,
      'Cannot start from natural: "model.safetensors" of train:natural:… is not among the inputs',
    );
  },
);
