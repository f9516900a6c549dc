/** The model under attack. @module */
import type { HostTensor } from "../../models/classifier.ts";
import type { Request, Response } from "../attack.ts";
import type { BlockShapes } from "../blocks/shapes.ts";

/** A model that answers requests. Dispose of it to free its programs and weights. */
export interface Victim extends BlockShapes, Disposable {
  readonly classes: number;
  readonly image: readonly [height: number, width: number, channels: number];
  /**
   * Answers one block: requests that all ask for a loss, or none that does. An answer depends on its
   * own request only.
   *
   * @param size Rows to compute, `batchSize` by default; the program of a size is compiled when it is
   * first used
   * @throws {RangeError} If there are too many requests, a loss is unknown, or the model's numbers
   * are not finite
   * @throws {OutOfMemoryError} If the engine's memory does not hold a single image
   */
  readonly evaluate: (requests: readonly Request[], size?: number) => Promise<Response[]>;
  /** Puts other weights of the same architecture in the place of the model's. */
  readonly load: (weights: Readonly<Record<string, HostTensor>>) => void;
}
