/** Attacks in the middle, as bytes that another process goes on from. @module */
import { createHash } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import type { SizeCounts } from "../blocks/sizes.ts";
import type { Victim } from "../victim/victim.ts";
import type { AttackRecord, RunAttacksOptions } from "./options.ts";
import type { AttackSnapshot } from "./snapshot.ts";

/** Raised when what is stored changes its form. */
const format = 7;

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
  /** 1 for an image for which an attack began with a gradient of zeros. */
  readonly zeroGradient: Uint8Array;
  /** Programs that were worth compiling; the running attack's snapshot has the same object. */
  readonly sizes: SizeCounts;
  /** The attack that is running, and the seconds spent on it. */
  readonly current?: { readonly snapshot: AttackSnapshot; readonly seconds: number };
}

/** All that the results depend on and this module is told of, by name; what is large as a digest. */
export type Identity = Readonly<Record<string, string>>;

/** The identity of a list of attacks on a model and images. */
export function identityOf(
  { classes, image, batchSize, parallel = 1 }: Victim,
  { images, labels, indices, epsilon, attacks, identity = "", search }: RunAttacksOptions,
): Identity {
  const digest = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
  const list = (numbers: ArrayLike<number> = []) => digest(JSON.stringify(Array.from(numbers)));
  return {
    classes: String(classes),
    "image size": image.join("x"),
    "batch size": String(batchSize),
    "number of engines": String(parallel),
    doubt: String(search?.doubtful),
    epsilon: String(epsilon),
    run: identity,
    attacks: JSON.stringify(
      attacks.map(({ name, variants, evaluations, cost }) => [name, variants, evaluations, cost]),
    ),
    labels: list(labels),
    indices: list(indices),
    images: digest(new Uint8Array(images.buffer, images.byteOffset, images.byteLength)),
  };
}

/** The bytes of a position. */
export function encodeCheckpoint(position: Position, identity: Identity): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(serialize({ format, identity, position }));
}

/**
 * The position of bytes that {@linkcode encodeCheckpoint} made for the same attacks and images, or
 * why there is none.
 */
export function decodeCheckpoint(bytes: Uint8Array, identity: Identity): Position | string {
  let found: { format: number; identity: Identity; position: Position };
  try {
    found = deserialize(bytes);
  } catch (error) {
    return `it cannot be read (${(error as Error).message})`;
  }
  if (found?.format !== format) return "it has the form of an earlier version";
  const other = Object.keys(identity).filter((name) => found.identity[name] !== identity[name]);
  return other.length === 0 ? found.position : `it is of another ${other.join(" and another ")}`;
}
