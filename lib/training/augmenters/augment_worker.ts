/** A thread that augments batches, one after another. @module */
import { augmentBatch, type AugmentSetting, type ByteBatch } from "../augment_batch.ts";
import type { FromAugmenter, ToAugmenter } from "./pool.ts";

/** A worker's scope. */
declare const self: {
  onmessage: (event: MessageEvent<ToAugmenter>) => void;
  postMessage(message: FromAugmenter, moved?: Transferable[]): void;
};

let setting: AugmentSetting;

function augment(batch: ByteBatch): Float32Array<ArrayBuffer> {
  for (const augmenting = augmentBatch(setting, batch);;) {
    const { done, value } = augmenting.next();
    if (done) return value;
  }
}

self.onmessage = ({ data }) => {
  if (data.kind === "setting") {
    setting = data.setting;
    return self.postMessage({ kind: "ready" });
  }
  try {
    const images = augment(data.batch);
    self.postMessage({ kind: "images", images }, [images.buffer]);
  } catch (error) {
    self.postMessage({ kind: "failure", error: error as Error });
  }
};
