import { assertEquals, assertThrows } from "@std/assert";
import { decodeSafetensors, encodeSafetensors } from "../../lib/formats/safetensors.ts";
import { chooseImages, planTrial, TRIED } from "./trial.ts";

const misclassified = { clean_correct: false, broken_by: null };
const robust = { clean_correct: true, broken_by: null };
const broken = (by: string) => ({ clean_correct: true, broken_by: by });

Deno.test("chooseImages() takes the first of every outcome in turn", () => {
  const verdicts = [robust, robust, robust, misclassified, robust, broken("square"), misclassified];
  assertEquals(chooseImages(verdicts, 3), [0, 3, 5]);
  assertEquals(chooseImages(verdicts, 5), [0, 1, 3, 5, 6]);
  assertEquals(chooseImages(verdicts, 9), [0, 1, 2, 3, 4, 5, 6]);
  assertEquals(chooseImages([], 2), []);
});

/** What an attack on images from number `offset` on leaves; image `n` has the value `n`. */
function leave(numbers: readonly number[], offset: number, robustAccuracy: number) {
  const files: Record<string, Uint8Array> = {
    "verdicts.json": new TextEncoder().encode(JSON.stringify({
      ...{ attack: "pgd50", epsilon: 0.1, offset, images: numbers.length },
      robust_accuracy: robustAccuracy,
      verdicts: numbers.map((index) => ({ index, label: 1, ...robust, margin: index / 10 })),
    })),
    "adversarial.safetensors": encodeSafetensors({
      images: {
        dtype: "F32",
        shape: [numbers.length, 1, 1, 2],
        data: Float32Array.from(numbers.flatMap((n) => [n, -n])),
      },
    }),
  };
  return { parameters: {}, output: (name: string) => files[name] };
}

Deno.test("planTrial() compares the same images of all and of those that were tried", () => {
  const offset = 100, all = Array.from({ length: 20 }, (_, n) => offset + n);
  const recorded = leave(all, offset, 0.5), trial = planTrial(recorded)!;
  const images = trial.job.images as number[];
  assertEquals([trial.what, images.length, trial.share], ["16 of 20 images", TRIED, 0.8]);
  const again = leave(images.map((at) => offset + at), offset, 0.25);
  for (const [name, part] of Object.entries(trial.parts)) {
    assertEquals(part(recorded.output(name)), part(again.output(name)), name);
  }
  const verdicts = JSON.parse(
    new TextDecoder().decode(trial.parts["verdicts.json"](recorded.output("verdicts.json"))),
  );
  assertEquals(verdicts["verdicts[3]"].margin, 10.3);
  const { tensors } = decodeSafetensors(
    trial.parts["adversarial.safetensors"](recorded.output("adversarial.safetensors")),
  );
  assertEquals(tensors["images[3]"].shape, [1, 1, 2]);
  assertEquals([...tensors["images[3]"].data], [103, -103]);
  assertEquals(Object.keys(tensors).length, TRIED);
});

Deno.test("planTrial() plans nothing for few images, and refuses another file", () => {
  assertEquals(planTrial(leave([0, 1, 2], 0, 1)), undefined);
  const output = () => new TextEncoder().encode("{}");
  assertThrows(
    () => planTrial({ parameters: {}, output }),
    TypeError,
    "Cannot read verdicts.json: it has no list of verdicts",
  );
});
