/** How much a GPU could compute. @module */
import type { Precision } from "../../lib/engines/mod.ts";

/**
 * Dense peaks in FLOP/s by the name that the driver gives the GPU: FP32 without tensor cores, TF32
 * and BF16 with them (NVIDIA's data sheets of H100, H200 and A100; half of the "with sparsity" ones).
 */
const peaks: readonly (readonly [RegExp, Readonly<Record<Precision, number>>])[] = [
  [/H100 PCIe/i, { f32: 51e12, tf32: 378e12, bf16: 756e12 }],
  [/H100 NVL/i, { f32: 60e12, tf32: 418e12, bf16: 835e12 }],
  [/H[12]00/i, { f32: 67e12, tf32: 494.5e12, bf16: 989.5e12 }],
  [/A100/i, { f32: 19.5e12, tf32: 156e12, bf16: 312e12 }],
];

/** What a device could do at best; `undefined` for one that is not in the list. */
export function peakOf(device: string, precision: Precision): number | undefined {
  return peaks.find(([name]) => name.test(device))?.[1][precision];
}
