/** The files that an attack cell leaves. @module */
import { join } from "node:path";
import { toPlanes } from "../../lib/data/images.ts";
import { encodeSafetensors } from "../../lib/formats/safetensors.ts";
import type { Evaluated } from "./evaluate.ts";
import type { NumberedImages } from "./images.ts";
import type { AttackSetting } from "./parameters.ts";

/** Writes what the cell leaves; no times, so that equal attacks have equal digests. */
export async function writeOutputs(
  folder: string,
  { name, epsilon, offset }: AttackSetting,
  { labels, indices, image }: NumberedImages,
  evaluated: Evaluated,
): Promise<void> {
  const { adversarial, clean, robust, brokenBy, margins, attacks, findings } = evaluated;
  const [height, width, channels] = image, count = labels.length;
  await Deno.writeFile(
    join(folder, "adversarial.safetensors"),
    encodeSafetensors({
      images: {
        dtype: "F32",
        shape: [count, channels, height, width],
        data: toPlanes(adversarial, image),
      },
      labels: { dtype: "I32", shape: [count], data: Int32Array.from(Array.from(labels)) },
    }),
  );
  const verdicts = {
    attack: name,
    epsilon,
    offset,
    images: count,
    clean_accuracy: evaluated.cleanAccuracy,
    robust_accuracy: evaluated.robustAccuracy,
    attacks: attacks.map(({ name, robust_before, robust_after }) => ({
      name,
      robust_before,
      robust_after,
    })),
    findings,
    verdicts: clean.map((clean_correct, i) => ({
      index: indices[i],
      label: labels[i],
      clean_correct,
      robust: robust[i],
      broken_by: brokenBy[i],
      margin: margins[i],
    })),
  };
  await Deno.writeTextFile(
    join(folder, "verdicts.json"),
    JSON.stringify(verdicts, null, 1) + "\n",
  );
}
