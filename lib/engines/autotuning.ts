/**
 * What to do where XLA's GPU compiler finds no algorithm for an operation by trying them out: it then
 * refuses the whole program, although its own choice may well run. That happens where all candidates
 * lack memory while they are timed, or none knows the device.
 *
 * @module
 */
import type { CompilerOptions } from "../pjrt/compile_options.ts";

/** Options with which the compiler chooses algorithms without trying them out. */
export const untunedOptions: CompilerOptions = { xla_gpu_autotune_level: "0" };

/** Whether the compiler found no algorithm by trying. */
export const isAutotuningFailure = (error: unknown): boolean =>
  error instanceof Error &&
  /autotun|No valid config found|No configs could be compiled/i.test(error.message);
