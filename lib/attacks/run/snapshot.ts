/** An attack between two blocks: plain data, from which another process goes on. @module */
import type { Outcome } from "../attack.ts";
import { noSizes, type SizeCounts } from "../blocks/sizes.ts";

/** A lane that has begun and not ended. */
export interface Lane {
  /** Place among the samples. */
  readonly sample: number;
  readonly variant: number;
  readonly state: object;
  evaluations: number;
}

/** A block that was given to an engine. */
export interface Block {
  /** Among those running. */
  readonly lanes: Lane[];
  /** How many requests of each lane are guessed. */
  readonly ahead: readonly number[];
  /** Rows to compute. */
  readonly size: number;
}

/** All that an attack on some samples remembers. */
export interface AttackSnapshot {
  /** Lanes started or passed over. */
  next: number;
  /** Evaluations done or found unnecessary. */
  done: number;
  /** The lowest variant so far that fooled the model, of each sample. */
  readonly broken: ({ variant: number; outcome: Outcome } | undefined)[];
  /** The outcome of each sample's last variant. */
  readonly last: (Outcome | undefined)[];
  /** Evaluations spent on each sample, and how many they were when it broke first. */
  readonly spent: Uint32Array;
  readonly brokenAt: Uint32Array;
  /** Lowest margin seen in the ball. */
  readonly margins: Float32Array<ArrayBuffer>;
  /** 1 for a sample of which a lane began with a gradient of zeros. */
  readonly zeroGradient: Uint8Array;
  running: Lane[];
  /** Blocks given to the engine and not answered. */
  inFlight: Block[];
  readonly sizes: SizeCounts;
}

/** An attack on `count` samples that has not begun. */
export function beginAttack(count: number, sizes = noSizes()): AttackSnapshot {
  return {
    next: 0,
    done: 0,
    broken: Array.from({ length: count }, () => undefined),
    last: Array.from({ length: count }, () => undefined),
    spent: new Uint32Array(count),
    brokenAt: new Uint32Array(count),
    margins: new Float32Array(count).fill(Infinity),
    zeroGradient: new Uint8Array(count),
    running: [],
    inFlight: [],
    sizes,
  };
}
