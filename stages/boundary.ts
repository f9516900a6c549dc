/**
 * What decides how cells are computed and not what: it does not count in keys, and its digest is
 * recorded with what it computed.
 *
 * @module
 */
import type { Revision } from "../pipeline/cells/stage.ts";

const below = (...paths: string[]) => paths.map((path) => new URL(`../${path}`, import.meta.url));

/**
 * How a stage's process is talked to, how it keeps what it has done, and which parameters are refused:
 * those that are not enter the key as they are.
 */
export const SHELL: readonly URL[] = below(
  "lib/limits.ts",
  "lib/schema.ts",
  "stages/job.ts",
  "stages/rules.ts",
  "stages/signs_of_life.ts",
  "stages/work_file.ts",
);

/**
 * What is beneath the interface `Engine`, in which blocks and order images are attacked, and in which
 * threads they are augmented.
 */
export const ENGINE: readonly URL[] = below(
  "lib/attacks/blocks/",
  "lib/engines/",
  "lib/pjrt/",
  "lib/pjrt_plugin/",
  "lib/stablehlo/",
  "lib/tensorflow_binding/",
  "lib/tracing/",
  "lib/training/augmenters/",
  "lib/attacks/run/checkpoint.ts",
  "stages/attack/describe.ts",
  "stages/train/checkpoint.ts",
);

/**
 * The numerics revision. Raise it, and say what for, when a fault beneath the boundary is mended
 * that had changed results beyond rounding: all cells that compute with an engine are stale then.
 */
export const NUMERICS: Revision = {
  number: 1,
  reason: "the first",
};
