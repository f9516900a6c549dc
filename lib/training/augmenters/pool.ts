/** Threads that augment images beside the one that supplies the engine. @module */
import type { AugmentSetting, ByteBatch } from "../augment_batch.ts";

/** What a thread is sent: first the setting, then batches. */
export type ToAugmenter =
  | { readonly kind: "setting"; readonly setting: AugmentSetting }
  | { readonly kind: "batch"; readonly batch: ByteBatch };

/** What it answers, in the order of what it was sent. */
export type FromAugmenter =
  | { readonly kind: "ready" }
  | { readonly kind: "images"; readonly images: Float32Array<ArrayBuffer> }
  | { readonly kind: "failure"; readonly error: Error };

/** Threads that augment; disposing ends them at once. */
export interface Augmenters extends Disposable {
  /**
   * Augments a batch; the threads take turns. Its pixels move to the thread and are gone here.
   *
   * @throws What the thread failed with
   */
  readonly augment: (batch: ByteBatch) => Promise<Float32Array<ArrayBuffer>>;
}

/**
 * Threads at most. One augments some 2,400 images of 32x32 a second, and no step takes more than 23,000,
 * on an H100 (both in `docs/results/benchmarks.md`).
 */
const MOST = 12;

/** Threads for a host: one core is left for the thread that supplies the engine. */
export const threadsFor = (cores: number = navigator.hardwareConcurrency): number =>
  Math.min(Math.max(cores - 1, 1), MOST);

/**
 * Starts threads, and waits until their code is loaded.
 *
 * @throws {Error} If it cannot be loaded
 */
export async function openAugmenters(
  count: number,
  setting: AugmentSetting,
): Promise<Augmenters> {
  const threads = Array.from({ length: count }, openThread);
  const end = () => threads.forEach(({ end }) => end());
  try {
    await Promise.all(threads.map(({ ask }) => ask({ kind: "setting", setting })));
  } catch (error) {
    end();
    throw error;
  }
  let turn = 0;
  return {
    async augment(batch) {
      const thread = threads[turn++ % count];
      const answer = await thread.ask({ kind: "batch", batch }, [batch.pixels.buffer]);
      return (answer as FromAugmenter & { kind: "images" }).images;
    },
    [Symbol.dispose]: end,
  };
}

/** One thread, which answers each message in turn. */
function openThread() {
  const worker = new Worker(new URL("./augment_worker.ts", import.meta.url), { type: "module" });
  const waiting: PromiseWithResolvers<FromAugmenter>[] = [];
  let broken: Error | undefined;
  worker.onmessage = ({ data }: MessageEvent<FromAugmenter>) => {
    const { resolve, reject } = waiting.shift()!;
    if (data.kind === "failure") reject(data.error);
    else resolve(data);
  };
  worker.onerror = (event) => {
    event.preventDefault(); // or this thread would end, too
    broken = new Error(event.message);
    for (const { reject } of waiting.splice(0)) reject(broken);
  };
  return {
    ask(message: ToAugmenter, moved: Transferable[] = []): Promise<FromAugmenter> {
      if (broken) return Promise.reject(broken);
      const answer = Promise.withResolvers<FromAugmenter>();
      waiting.push(answer);
      worker.postMessage(message, moved);
      return answer.promise;
    },
    end: () => worker.terminate(),
  };
}
