/** Attacks in the middle, as bytes that another process goes on from. @module */
import { createHash } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import type { SizeCounts } from "./block_sizes.ts";
import type { AttackRecord, RunAttacksOptions } from "./run_attacks.ts";
import type { AttackSnapshot } from "./scheduler.ts";
import type { Victim } from "./victim.ts";

/** Raised when what is stored changes its form. */
const format = 5;

/** Where a list of attacks is. */
export interface Position {
  /** Of the attacks that are finished. */
  readonly records: AttackRecord[];
  /** Attack that broke each image. */
  readonly brokenBy: (string | null)[];
  /** Adversarial examples by position. */
  readonly examples: Map<number, Float32Array>;
  /** Lowest margin seen in the ball, of each image. */
  readonly margins: Float32Array<ArrayBuffer>;
  /** Images for which an attack began with a gradient of zeros. */
  readonly flat: Uint8Array;
  /** Programs that were worth compiling; the running attack's snapshot has the same object. */
  readonly sizes: SizeCounts;
  /** The attack that is running, and the seconds spent on it. */
  readonly current?: { readonly snapshot: AttackSnapshot; readonly seconds: number };
}

/** A digest of all that the results depend on and this module is told of. */
export function identityOf(
  { classes, image, batchSize, parallel = 1 }: Victim,
  { images, labels, indices, epsilon, attacks, identity, search }: RunAttacksOptions,
): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify({
    classes,
    image,
    batchSize,
    parallel,
    doubtful: search?.doubtful,
    epsilon,
    identity,
    attacks: attacks.map(({ name, variants, evaluations, cost }) => [
      name,
      variants,
      evaluations,
      cost,
    ]),
    labels: Array.from(labels),
    indices: indices && Array.from(indices),
  }));
  hash.update(new Uint8Array(images.buffer, images.byteOffset, images.byteLength));
  return hash.digest("hex");
}

/** The bytes of a position. */
export function encodeCheckpoint(position: Position, identity: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(serialize({ format, identity, position }));
}

/** The position of bytes that {@linkcode encodeCheckpoint} made for the same attacks and images. */
export function decodeCheckpoint(
  bytes: Uint8Array,
  identity: string,
): Position | undefined {
  try {
    const found = deserialize(bytes);
    return found.format === format && found.identity === identity ? found.position : undefined;
  } catch {
    return undefined;
  }
}
