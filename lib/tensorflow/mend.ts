/**
 * Mends what is wrong or missing in TensorFlow.js 4.22's gradients of gradients.
 *
 * Wrong: a kernel whose gradient saves its own output (`exp`, `sigmoid`, `tanh`, `elu`, `max`, the
 * custom gradient of `tf.logSoftmax`, …) tapes the saved copy *before* the kernel itself. An outer
 * gradient walks the tape from inputs to outputs, meets the copy before it knows that its source
 * depends on the inputs, and takes it for a constant: the result is silently wrong (tfjs issue 3252).
 *
 * Missing: comparisons have no gradient at all, so a mask on a differentiated path throws.
 *
 * Different: `abs` uses -1 as its derivative at 0, where PyTorch uses 0.
 *
 * @module
 */
import type * as TF from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorflow/tfjs-core";

interface TapeNode {
  readonly inputs: Record<string, Tensor | undefined>;
}

interface TapedEngine {
  addTapeNode: (kernel: string, inputs: unknown, outputs: Tensor[], ...rest: unknown[]) => void;
  readonly state: { activeTape?: TapeNode[] };
}

const mended = new WeakSet<object>();

/** Applies the mends to a TensorFlow.js module; a second call does nothing. */
export function mendGradients(tf: typeof TF): void {
  const engine = tf.engine() as unknown as TapedEngine;
  if (mended.has(engine)) return;
  mended.add(engine);
  tapeSourcesBeforeCopies(engine);
  registerComparisons(tf);
  tf.registerGradient({
    kernelName: "Abs",
    inputsToSave: ["x"],
    gradFunc: (dy, [x]) => ({ x: () => tf.mul(dy as Tensor, tf.sign(x)) }),
  });
}

/** Puts each node on the tape before the copies of its outputs that its own run saved. */
function tapeSourcesBeforeCopies(engine: TapedEngine): void {
  const addTapeNode = engine.addTapeNode;
  engine.addTapeNode = function (kernel, inputs, outputs, ...rest) {
    addTapeNode.call(this, kernel, inputs, outputs, ...rest);
    const tape = this.state.activeTape;
    if (!tape) return;
    const made = new Set(outputs.map((output) => output.id));
    const readsOutput = (node: TapeNode) =>
      Object.values(node.inputs).some((input) => input !== undefined && made.has(input.id));
    let at = tape.length - 1;
    while (at > 0 && readsOutput(tape[at - 1])) at--;
    if (at < tape.length - 1) tape.splice(at, 0, tape.pop()!);
  };
}

/** A mask is piecewise constant: its derivative is zero. */
function registerComparisons(tf: typeof TF): void {
  const names: Record<string, string[]> = {
    Greater: ["a", "b"],
    GreaterEqual: ["a", "b"],
    Less: ["a", "b"],
    LessEqual: ["a", "b"],
    Equal: ["a", "b"],
    NotEqual: ["a", "b"],
    LogicalAnd: ["a", "b"],
    LogicalOr: ["a", "b"],
    LogicalNot: ["x"],
  };
  for (const [kernelName, inputsToSave] of Object.entries(names)) {
    if (tf.getGradient(kernelName)) continue;
    tf.registerGradient({
      kernelName,
      inputsToSave,
      gradFunc: (_dy, saved) =>
        Object.fromEntries(inputsToSave.map((name, i) => [name, () => tf.zeros(saved[i].shape)])),
    });
  }
}
