/** What an engine's work costs, in rows of a block: rough, for deciding what is worth it. @module */
import type { Engine, Precision, Program } from "../../engines/engine.ts";
import { flopsOf } from "../../tracing/flops.ts";
import { trace } from "../../tracing/trace.ts";
import type { BlockKind, BlockShapes } from "./shapes.ts";

/**
 * Seconds to compile a program of each kind and to begin a block, bytes of weights that a block takes
 * up in a second, and floating-point operations in a second. A CPU's engine has one core, and bfloat16
 * is taken to be what it multiplies natively.
 *
 * On two cores with AVX2, blocks of 1 to 24 rows take `0.0026 s + bytes / 2.9e9 + rows * flops / 8e10`
 * at width 32 and 64, rows of narrower networks up to twice as long; convolutions arrange the weights
 * anew for each block.
 */
const costs = {
  cpu: { gradient: 2, logits: 0.5, block: 0.002, weights: 3e9, f32: 8e10, bf16: 4e11 },
  gpu: { gradient: 50, logits: 20, block: 0.001, weights: 2e12, f32: 2e13, bf16: 2e13 },
};

/** What is computed, as far as it says what that costs. */
export interface Work {
  readonly precision?: Precision;
  /** Programs of one row. */
  readonly row: Readonly<Record<BlockKind, Program>>;
  readonly weights: Readonly<Record<string, { readonly data: Float32Array }>>;
}

/** {@linkcode costs} in rows. An engine that computes one operation after another compiles nothing. */
export function measureCosts(
  { engine, platform }: Engine["description"],
  { precision, row, weights }: Work,
): Required<Pick<BlockShapes, "patience" | "overhead">> {
  if (engine !== "pjrt") return { patience: { gradient: 0, logits: 0 }, overhead: 0 };
  const cost = costs[platform === "cpu" ? "cpu" : "gpu"];
  const speed = cost[precision === "bf16" ? "bf16" : "f32"];
  const rows = {
    gradient: speed / flopsOf(trace(row.gradient)),
    logits: speed / flopsOf(trace(row.logits)),
  };
  const bytes = Object.values(weights).map(({ data }) => data.byteLength);
  const block = cost.block + bytes.reduce((sum, each) => sum + each, 0) / cost.weights;
  return {
    patience: { gradient: cost.gradient * rows.gradient, logits: cost.logits * rows.logits },
    overhead: block * rows.logits,
  };
}
