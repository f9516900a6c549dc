/**
 * Times augmentation on the host beside timm's transforms in PyTorch's DataLoader, on the same machine
 * in the same run, by the recipe `natural-input-gradients`.
 *
 *     deno task bench:augment [--batch 256] [--batches 16] [--threads 0,1,2] [--repeats 5] [--patience 60] [--write]
 *
 * Both sides make batches of 32x32 images, in turns: in the thread that asks for them (0), or in so
 * many threads or processes ahead of it. A turn begins when the machine is quiet, or after `--patience`
 * seconds, and is then counted as disturbed. Needs `python3` with torch, torchvision and timm.
 *
 * @module
 */
import { openEngine } from "../../lib/engines/mod.ts";
import { stream } from "../../lib/random/philox.ts";
import type { Issue } from "../../lib/schema.ts";
import { type Augmentation, drawChoices } from "../../lib/training/augmentation.ts";
import type { ChosenBatch } from "../../lib/training/device_images.ts";
import { hostImages } from "../../lib/training/host_images.ts";
import { recipeSchema } from "../../lib/training/recipe.ts";
import { withPreset } from "../../pipeline/profile/recipe_presets.ts";
import { waitForQuiet } from "../step/quiet.ts";
import { type Bench, benchMain } from "../tables/bench.ts";
import { table } from "../tables/markdown.ts";
import { startLoader } from "./loader.ts";

const OPTIONS = {
  task: "bench:augment",
  defaults: { batch: "256", batches: "16", threads: "0,1,2", repeats: "5", patience: "60" },
  besides: ["patience"],
} as const;

const HEAD = ["threads", "ours, images/s", "timm, images/s", "ratio"];

/** Images of the data, and batches that are made before the time counts. */
const IMAGES = 2048, BEFORE = 4;

/** How the recipe augments. */
function augmentationOf(preset: string): Augmentation {
  const issues: Issue[] = [];
  const { recipe } = withPreset({ recipe: { preset } }, issues) as { recipe: unknown };
  const { augmentation } = recipeSchema(recipe, "recipe", issues);
  if (issues.length > 0) throw new Error(`Cannot read the recipe "${preset}": ${issues[0].text}`);
  return augmentation;
}

/** Makes batches, and gives the seconds that they took. */
async function ours(threads: number, batchSize: number, batches: number): Promise<number> {
  using engine = await openEngine({ kind: "cpu" });
  const noise = stream(0, "images").fill(new Float32Array(IMAGES * 3072), 0, 256);
  const images = {
    image: [32, 32, 3],
    pixels: Uint8Array.from(noise),
    labels: new Int32Array(IMAGES),
  } as const;
  const augmentation = augmentationOf("natural-input-gradients"), crops = stream(0, "crops");
  using source = await hostImages(engine, images, {
    ...{ batchSize, augmentation, threads },
    normalisation: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
  });
  const announced: ChosenBatch[] = [];
  let next = 0;
  const take = async () => {
    for (; announced.length <= source.ahead!; next++) {
      const first = next * batchSize;
      const indices = Uint32Array.from({ length: batchSize }, (_, i) => (first + i) % IMAGES);
      const choices = drawChoices(indices, augmentation, crops);
      const chosen = { choices, random: { seed: 0, path: ["bench"], first } };
      source.announce!(chosen);
      announced.push(chosen);
    }
    const { outputs } = await source.batch(announced.shift()!);
    for (const value of Object.values(outputs)) value[Symbol.dispose]();
  };
  for (let i = 0; i < BEFORE; i++) await take();
  const start = performance.now();
  for (let i = 0; i < batches; i++) await take();
  return (performance.now() - start) / 1000;
}

async function main(bench: Bench<keyof typeof OPTIONS.defaults>): Promise<void> {
  const { whole, texts } = bench, batch = whole("batch"), batches = whole("batches");
  const repeats = whole("repeats"), patience = whole("patience");
  await using loader = await startLoader(batch);
  const sides = texts.threads.split(",").map(Number).map((threads) => ({
    threads,
    ours: [] as number[],
    timm: [] as number[],
  }));
  let disturbed = 0;
  for (let i = 0; i < repeats; i++) {
    for (const side of sides) {
      if (!await waitForQuiet(patience)) disturbed++;
      side.ours.push(await ours(side.threads, batch, batches));
      side.timm.push(await loader.seconds(side.threads, batches));
    }
  }
  const rate = (seconds: number[]) => batch * batches / Math.min(...seconds);
  const lines = sides.map(({ threads, ours, timm }) => [
    String(threads),
    ...[rate(ours), rate(timm)].map((value) => value.toFixed(0)),
    (rate(ours) / rate(timm)).toFixed(2),
  ]);
  const legend = `Images of 32x32 a second, batches of ${batch}: the fastest of ${repeats} turns; ${
    disturbed === 0
      ? "the machine was quiet"
      : `${disturbed} of ${repeats * sides.length} turns were disturbed`
  }.`;
  await bench.publish(`${legend}\n\n${table(HEAD, lines)}`, [
    Object.entries(loader.versions).map(([name, version]) => `${name} ${version}`).join(", "),
  ]);
}

if (import.meta.main) await benchMain(OPTIONS, main);
