/** Sums on TensorFlow, one axis after the other. @module */
import type { KernelConfig, TensorInfo } from "@tensorflow/tfjs-core";
import { tf } from "../tensorflow/mod.ts";

/** What a reduction's kernel is called with. */
interface Reduction {
  readonly inputs: { readonly x: TensorInfo };
  readonly backend: { disposeData(dataId: object): unknown };
  readonly attrs: { readonly axis: number | number[]; readonly keepDims: boolean };
}

/**
 * Replaces the backend's sums and means over several axes by ones over one axis at a time, the last
 * first.
 *
 * TensorFlow's CPU kernel adds the elements of all leading axes to one float32 accumulator, one after
 * the other: the statistics of a batch norm over 4 images of 32x32 are sums of 4096 addends. Adding
 * rows first keeps the addends of each sum few; it takes gradients of IGR from 5 to 10 times the
 * rounding error of other engines to about theirs.
 *
 * @param backendName The backend whose kernels `Sum` and `Mean` are replaced
 */
export function reduceAxisByAxis(backendName: string): void {
  for (const kernelName of ["Sum", "Mean"]) {
    const reduce = tf.getKernel(kernelName, backendName).kernelFunc as unknown as (
      reduction: Reduction,
    ) => TensorInfo;
    const inTurn = ({ inputs, backend, attrs: { axis, keepDims } }: Reduction): TensorInfo => {
      const axes = tf.util.parseAxisParam(axis, inputs.x.shape).toSorted((a, b) => b - a);
      if (axes.length < 2) return reduce({ inputs, backend, attrs: { axis, keepDims } });
      return axes.reduce((x, one, i) => {
        const reduced = reduce({ inputs: { x }, backend, attrs: { axis: [one], keepDims } });
        if (i > 0) backend.disposeData(x.dataId);
        return reduced;
      }, inputs.x);
    };
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: inTurn as unknown as KernelConfig["kernelFunc"],
    });
  }
}
