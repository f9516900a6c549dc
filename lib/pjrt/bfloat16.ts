/** Whether a processor multiplies bfloat16 by itself. @module */

import { isOutOfReach } from "../missing.ts";

/** Instructions that multiply bfloat16, by the kernel's name for them, the fastest first. */
const instructions: Readonly<Record<string, string>> = {
  amx_bf16: "AMX",
  avx512_bf16: "AVX-512",
  bf16: "Arm", // in the kernel's list for 64-bit Arm
};

/**
 * The name of the instructions by which a processor multiplies bfloat16, `undefined` if it has none:
 * the factors are widened then, and passes take as long as in float32.
 *
 * @param cpuinfo Text of `/proc/cpuinfo`
 */
export function bfloat16Of(cpuinfo: string): string | undefined {
  const [, list = ""] = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo) ?? [];
  const known = new Set(list.trim().split(/\s+/));
  const [found] = Object.keys(instructions).filter((name) => known.has(name));
  return found && instructions[found];
}

/**
 * As {@linkcode bfloat16Of}, of this machine's processor; `null` where the system does not say, or
 * does not let a process without all of Deno's permissions read it.
 */
export function nativeBfloat16(): string | undefined | null {
  try {
    return bfloat16Of(Deno.readTextFileSync("/proc/cpuinfo"));
  } catch (error) {
    if (isOutOfReach(error) || error instanceof Deno.errors.NotCapable) return null;
    throw error;
  }
}
