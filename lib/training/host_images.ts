/** Labelled images that are augmented on the host, ahead of the engine. @module */
import { setImmediate } from "node:timers";
import type { Engine } from "../engines/engine.ts";
import { augmentBatch, type AugmentSetting, type ByteBatch } from "./augment_batch.ts";
import { choiceSize } from "./augmentation.ts";
import { openAugmenters, threadsFor } from "./augmenters/pool.ts";
import type { ByteImages, ChosenBatch, ImageSource } from "./device_images.ts";

/** What batches are made of, how, and where. */
export interface HostOptions extends Omit<AugmentSetting, "image"> {
  readonly batchSize: number;
  /** Threads that augment; the bytes are the same with any number, 0 being this thread. */
  readonly threads?: number;
}

/** Milliseconds after which the event loop hears of the engine's ends between two images. */
const TURN = 4;

/** A source that augments batches on the host. Each is made once, however often it is asked for. */
export async function hostImages(
  engine: Engine,
  { image, pixels, labels }: ByteImages,
  { batchSize, augmentation, normalisation, threads = threadsFor() }: HostOptions,
): Promise<ImageSource & Disposable> {
  const size = image[0] * image[1] * image[2], setting = { image, augmentation, normalisation };
  const pool = threads > 0 ? await openAugmenters(threads, setting) : undefined;
  const augment = pool?.augment ?? ((batch: ByteBatch) => inThisThread(setting, batch));
  type Made = Promise<Float32Array<ArrayBuffer>>;
  const announced = new Map<ChosenBatch["choices"], Made>();
  let last: { readonly choices: ChosenBatch["choices"]; readonly made: Made } | undefined;

  function make({ choices, random }: ChosenBatch): Made {
    if (!random) throw new TypeError("Cannot augment images on the host without random numbers");
    const own = new Uint8Array(batchSize * size);
    for (let place = 0; place < batchSize; place++) {
      const from = choices[place * choiceSize] * size;
      own.set(pixels.subarray(from, from + size), place * size);
    }
    const made = augment({ pixels: own, choices, random });
    made.catch(() => {}); // whoever asks for the batch hears of it
    return made;
  }

  function take(chosen: ChosenBatch): Made {
    const { choices } = chosen;
    if (last?.choices !== choices) last = { choices, made: announced.get(choices) ?? make(chosen) };
    announced.delete(choices);
    return last.made; // methods repeat batches
  }

  return {
    count: labels.length,
    batchSize,
    // one that each thread is at, and one for it to go on with
    ahead: 2 * threads,
    announce: (chosen) => void announced.set(chosen.choices, make(chosen)),
    async batch(chosen) {
      const data = await take(chosen), { choices } = chosen;
      const own = Int32Array.from({ length: batchSize }, (_, i) => labels[choices[i * choiceSize]]);
      return {
        outputs: {
          images: engine.put(data, { shape: [batchSize, ...image], dtype: "float32" }),
          labels: engine.put(own, { shape: [batchSize], dtype: "int32" }),
        },
        done: Promise.resolve(),
      };
    },
    [Symbol.dispose]() {
      pool?.[Symbol.dispose]();
      announced.clear();
      last = undefined;
    },
  };
}

/** Augments a batch between what else this thread does. */
async function inThisThread(
  setting: AugmentSetting,
  batch: ByteBatch,
): Promise<Float32Array<ArrayBuffer>> {
  const augmenting = augmentBatch(setting, batch);
  for (let turn = performance.now();;) {
    const { done, value } = augmenting.next();
    if (done) return value;
    if (performance.now() - turn < TURN) continue;
    await new Promise<void>((resolve) => setImmediate(resolve));
    turn = performance.now();
  }
}
