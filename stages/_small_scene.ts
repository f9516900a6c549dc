/** A small model and images for it, for tests of the stages that measure models. @module */
import { join } from "node:path";
import { encodeSafetensors } from "../lib/formats/safetensors.ts";
import { activation } from "../lib/models/activations/gelu.ts";
import { architecture } from "../lib/models/architectures/small_cnn.ts";
import { modelCard } from "../lib/models/card.ts";
import { initialize } from "../lib/models/initialize.ts";
import { createNetwork } from "../lib/models/network.ts";
import { encodeWeights } from "../lib/models/weights.ts";
import { stream } from "../lib/random/philox.ts";
import { jobRules } from "./_run_stage.ts";
import type { Job, Json, Reporter } from "./job.ts";

/** Test images of the scene, pixels of each, and its shape. */
export const COUNT = 5, PIXELS = 16, SHAPE = [4, 4, 1] as const;

/** A reporter that nobody hears. */
export const SILENT: Reporter = { progress: () => {}, log: () => {}, loaded: () => {} };

/** A folder with a model of 4x4 images whose logits are far apart, and images of all classes. */
export async function smallScene(classes = 4) {
  const card = { ...modelCard(architecture, activation, { filters: 2 }), mean: [0.5], std: [0.25] };
  const network = createNetwork({ card, architecture, activation, classes, image: SHAPE });
  const folder = await Deno.makeTempDir();
  const weights = initialize(network, 1), random = stream(1, "small scene");
  weights["linear.weight"].data.forEach((value, i, all) => all[i] = 12 * value);
  const write = async (name: string, data: Uint8Array | string) => {
    await Deno.writeFile(
      join(folder, name),
      typeof data === "string" ? new TextEncoder().encode(data) : data,
    );
    return join(folder, name);
  };
  const records = Uint8Array.from(
    { length: COUNT * (PIXELS + 1) },
    (_, i) => i % (PIXELS + 1) ? random.integer(256) : Math.floor(i / (PIXELS + 1)) % 3,
  );
  const names = Array.from({ length: classes }, (_, i) => `class ${i}`);
  const dataset = { name: "noise", classes: names, image: SHAPE };
  const inputs: Job["inputs"] = {
    "train:igr:gelu": {
      "model.safetensors": await write("model", encodeWeights(network, weights, 0)),
      "card.json": await write("card", JSON.stringify(card)),
    },
    "fetch:cifar10": {
      "test.bin": await write("test", records),
      "dataset.json": await write("dataset.json", JSON.stringify(dataset)),
    },
  };
  let outputs = 0;
  return {
    inputs,
    write,
    /** Pixels in [0, 1] of the images. */
    images: Array.from(
      { length: COUNT },
      (_, i) =>
        Float32Array.from(
          records.subarray(i * (PIXELS + 1) + 1, (i + 1) * (PIXELS + 1)),
          (b) => b / 255,
        ),
    ),
    /** Images of a safetensors file, of each kind. */
    encode: (kinds: Readonly<Record<string, readonly Float32Array[]>>) =>
      encodeSafetensors(Object.fromEntries(
        Object.entries(kinds).map(([kind, points]) => [kind, {
          dtype: "F32" as const,
          shape: [points.length, 1, 4, 4],
          data: Float32Array.from(points.flatMap((point) => [...point])),
        }]),
      )),
    async job(
      stage: string,
      parameters: Record<string, Json>,
      { attacks = [], work = "work" }: { attacks?: readonly string[]; work?: string } = {},
    ): Promise<Job> {
      const output = join(folder, `output ${outputs++}`);
      await Deno.mkdir(output);
      await Deno.mkdir(join(folder, work), { recursive: true });
      const rules = { architecture: ["small-cnn"], activation: ["gelu"] };
      return {
        ...{ cell: `${stage}:igr:gelu`, stage, seed: "7", inputs, output, parameters },
        rules: jobRules(attacks.length > 0 ? { ...rules, attack: attacks } : rules),
        work: join(folder, work),
        engine: { kind: "cpu" },
      };
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

/** What a job left. */
export const leftBy = (job: Job, name: string): Promise<string> =>
  Deno.readTextFile(join(job.output, name));
