/** AutoAttack on a model trained on the spot, by us and by the reference, each in a process. @module */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { sortBatches } from "../../lib/data/batches.ts";
import { CIFAR10_TASK } from "../../lib/data/cifar10_task.ts";
import { interleave } from "../../lib/data/images.ts";
import { decodeRecords, RECORD_BYTES } from "../../lib/data/records.ts";
import type { Engine } from "../../lib/engines/mod.ts";
import { encodeWeights } from "../../lib/models/weights.ts";
import type { ByteImages } from "../../lib/training/device_images.ts";
import { train } from "../../lib/training/train.ts";
import { compare, type Half, type Work } from "../autoattack/compare.ts";
import { toMarkdown } from "../autoattack/report.ts";
import { benchNetwork } from "../networks.ts";
import { OBJECTIVES } from "../objectives.ts";
import type { Item, Sizes } from "./items.ts";
import { recipeOf } from "./ours.ts";

/** Files that the attacks read and leave. */
export interface AttackFiles {
  /** Folder of CIFAR-10's batches. */
  readonly data: string;
  /** A checkout of the reference, if it was packed. */
  readonly reference?: string;
  /** Programs: our half and the reference's. */
  readonly ours: string;
  readonly script: string;
  /** Folder of the model and of both halves. */
  readonly folder: string;
}

const epsilon = 8 / 255;
const model = (folder: string) => join(folder, "model.safetensors");
const card = (folder: string) => join(folder, "model.card.json");
const halfName = (item: Extract<Item, { kind: "attack" }>) =>
  `half-${item.by === "reference" ? "reference" : item.search}.json`;

/** The file of a folder's first training batch, or of its test batch. */
function batchFile(folder: string, split: "train" | "test"): string {
  const { train, test } = sortBatches([...Deno.readDirSync(folder)].map(({ name }) => name));
  return join(folder, split === "train" ? train[0] : test);
}

/** The first images of a folder's first batch. */
export async function readImages(
  folder: string,
  split: "train" | "test",
  count: number,
): Promise<ByteImages> {
  const path = batchFile(folder, split);
  const bytes = (await Deno.readFile(path)).subarray(0, count * RECORD_BYTES);
  const { labels, pixels } = decodeRecords(bytes, path);
  return { image: CIFAR10_TASK.image, labels, pixels: interleave(pixels) };
}

/** Trains the model against FGSM; returns what to say of it. */
export async function trainModel(engine: Engine, sizes: Sizes, files: AttackFiles) {
  const network = benchNetwork("gelu", sizes.width);
  const start = performance.now(), training = await readImages(files.data, "train", sizes.trained);
  const { tensors, history, steps } = await train(engine, {
    network,
    objective: OBJECTIVES.fgsm,
    recipe: recipeOf(sizes.batches[0], sizes.epochs),
    training,
    heldOut: await readImages(files.data, "test", 512),
    epsilon,
    seed: 0,
  });
  await Deno.writeFile(model(files.folder), encodeWeights(network, tensors, steps));
  await Deno.writeTextFile(card(files.folder), JSON.stringify(network.card) + "\n");
  const last = history[history.length - 1], percent = (share: number) => (100 * share).toFixed(1);
  return `FGSM, GELU, width ${sizes.width}: ${sizes.epochs} epochs of ${training.labels.length} ` +
    `images in ${
      ((performance.now() - start) / 1000).toFixed(1)
    } s, measurements and compilation ` +
    `included; clean ${percent(last.clean_accuracy)} %, PGD-10 ${
      percent(last.pgd10_accuracy)
    } % of ` +
    `the test images packed.`;
}

/** Runs one side; its half is left in the folder. */
export async function attack(
  item: Extract<Item, { kind: "attack" }>,
  sizes: Sizes,
  files: AttackFiles,
  { plugin, device }: { readonly plugin: string; readonly device: string },
): Promise<void> {
  const work: Work = {
    model: model(files.folder),
    card: card(files.folder),
    data: batchFile(files.data, "test"),
    offset: 0,
    limit: sizes.attacked,
    epsilon,
    seed: 0,
    version: "standard",
    batch: Math.min(500, sizes.attacked),
  };
  const out = join(files.folder, halfName(item));
  const command = item.by === "ours"
    ? new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-config",
        files.ours,
        JSON.stringify({ ...work, plugin, search: item.search, out }),
      ],
    })
    : new Deno.Command("python3", {
      args: [
        "-B",
        files.script,
        ...Object.entries({ reference: files.reference, ...work, device, out })
          .flatMap(([name, value]) => [`--${name}`, String(value)]),
      ],
    });
  const start = performance.now(), { success } = await command.spawn().status;
  if (!success) throw new Error(`the attacks of ${item.by} failed; the message is above`);
  const weights = createHash("sha256").update(await Deno.readFile(model(files.folder)));
  const half = JSON.parse(await Deno.readTextFile(out));
  const seconds = (performance.now() - start) / 1000;
  await Deno.writeTextFile(
    out,
    JSON.stringify({ ...half, weights: weights.digest("hex"), seconds, quiet: true }) + "\n",
  );
}

/** Verdicts and times of the halves that are there, as Markdown. */
export async function attackTables(folder: string): Promise<string> {
  const read = async (name: string): Promise<Half | undefined> => {
    try {
      return JSON.parse(await Deno.readTextFile(join(folder, `half-${name}.json`)));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  };
  const ours = [await read("f32"), await read("bf16")].filter((half) => half !== undefined);
  const reference = await read("reference");
  if (ours.length === 0) return "";
  if (reference === undefined) {
    return ours.map(({ search, robust_accuracy, attacks, seconds, images }) =>
      `Searched in ${search}: ${images.length} images, robust accuracy ${
        (100 * robust_accuracy).toFixed(2)
      } %, ${seconds!.toFixed(1)} s (${
        attacks.map(({ name, seconds }) => `${name} ${seconds.toFixed(1)}`).join(", ")
      }).`
    ).join("\n");
  }
  return toMarkdown(
    ours.map((half) => ({
      name: "model",
      ours: half,
      reference,
      comparison: compare(half, reference),
    })),
  );
}
