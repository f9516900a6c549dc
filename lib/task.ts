/** @module */

/** What a network is for: a property of its data. */
export interface Task {
  readonly classes: number;
  /** Height, width and channels of an image. */
  readonly image: readonly [height: number, width: number, channels: number];
}
