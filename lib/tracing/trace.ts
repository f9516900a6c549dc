/**
 * Runs a program on a TensorFlow.js backend whose kernels record nodes instead of computing.
 *
 * @module
 */
import type { DataType, Tensor, TensorInfo } from "@tensorflow/tfjs-core";
import type { DType, Program, Tensors } from "./program.ts";
import { tf } from "../tensorflow/mod.ts";
import { Builder } from "./builder.ts";
import { describe, type Graph, type Node, sameShape } from "./graph.ts";
import { kernels } from "./kernels.ts";
import type { Inputs } from "./kernel.ts";
import { registerSumGradients } from "./sum_gradients.ts";

const backendName = "smoothness-trace";
let builder: Builder | undefined;
const nodes = new WeakMap<object, Node>();

type Values = Parameters<InstanceType<typeof tf.KernelBackend>["write"]>[0];

function unreadable(): never {
  throw new Error(
    "Cannot read a tensor while a program is traced: its values do not exist yet; return it from the program instead",
  );
}

/** A backend that holds nodes in place of data. */
class TraceBackend extends tf.KernelBackend {
  override write(values: Values, shape: number[], dtype: DataType): object {
    const id = {};
    this.move(id, values, shape, dtype);
    return id;
  }
  override move(id: object, values: Values, shape: number[], dtype: DataType): void {
    const Type = dtype === "float32" ? Float32Array : dtype === "int32" ? Int32Array : Uint8Array;
    const data = values instanceof Type ? values : Type.from(values as ArrayLike<number>);
    nodes.set(id, current().constant(data, [...shape], dtype as DType));
  }
  override read = unreadable;
  override readSync = unreadable;
  override incRef(): void {}
  decRef(): void {}
  override refCount = () => 1;
  override disposeData = () => true;
  override numDataIds = () => 0;
  override timerAvailable = () => false;
  override floatPrecision = (): 32 => 32;
  override epsilon = () => 1e-7;
  override dispose(): void {}
}

function current(): Builder {
  if (!builder) throw new Error("Cannot record an operation: no program is being traced");
  return builder;
}

/** A fresh record for every use: one that is shared would put a node on the tape as its own input. */
function toInfo(node: Node): TensorInfo {
  const dataId = {};
  nodes.set(dataId, node);
  return { dataId, shape: [...node.shape], dtype: node.dtype as DataType };
}

function toNode(tensor: TensorInfo): Node {
  const node = nodes.get(tensor.dataId);
  if (!node) {
    throw new TypeError(
      `Cannot use a tensor of shape [${tensor.shape}] that was made outside of the program: pass it as an input`,
    );
  }
  // a reshape shares its data id in TensorFlow.js; the node has to follow the tensor's shape
  return sameShape(node.shape, tensor.shape) ? node : current().reshape(node, tensor.shape);
}

/** Whether operations are recorded now instead of computed. */
export const isTracing = () => builder !== undefined && tf.getBackend() === backendName;

let registered = false;
function register(): void {
  if (registered) return;
  registered = true;
  tf.registerBackend(backendName, () => new TraceBackend());
  registerSumGradients();
  for (const [kernelName, kernel] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const sources: Inputs = Object.fromEntries(
          Object.entries(inputs).flatMap(([name, tensor]) =>
            tensor ? [[name, toNode(tensor as TensorInfo)]] : []
          ),
        );
        return toInfo(kernel(current(), sources, attrs ?? {}));
      },
    });
  }
  tf.registerKernel({
    kernelName: "Identity",
    backendName,
    kernelFunc: ({ inputs }) => toInfo(toNode(inputs.x as TensorInfo)),
  });
}

/**
 * Traces a program to a graph.
 *
 * @throws {TypeError} If a donated input and its output do not match, or the program returns
 * something else than tensors
 * @throws {Error} If the program reads values, or uses a kernel that has no rule in `kernels.ts`
 */
export function trace(program: Program): Graph {
  register();
  const previous = tf.engine().backendName, outer = builder;
  // setBackend is synchronous for a backend whose factory is; waiting would let others run on it
  void tf.setBackend(backendName);
  const own = builder = new Builder();
  try {
    const parameters: Record<string, Node> = {};
    const inputs: Tensors = {};
    for (const [name, { shape, dtype }] of Object.entries(program.inputs)) {
      parameters[name] = own.parameter(name, [...shape], dtype);
      // TensorFlow.js has no bytes
      const seen = dtype === "uint8" ? own.convert(parameters[name], "int32") : parameters[name];
      inputs[name] = tf.engine().makeTensorFromTensorInfo(toInfo(seen));
    }
    const outputs = tf.tidy(() => program.build(inputs));
    const results = Object.fromEntries(
      Object.entries(outputs).map(([name, output]) => {
        if (!((output as unknown) instanceof tf.Tensor)) {
          throw new TypeError(
            `Cannot trace "${program.name}": output "${name}" is ${typeof output}, expected a tensor`,
          );
        }
        return [name, toNode(output as Tensor)];
      }),
    );
    const donate = checkDonations(program, parameters, results);
    return { name: program.name, parameters, results, donate };
  } finally {
    builder = outer;
    if (previous && previous !== backendName) void tf.setBackend(previous);
  }
}

function checkDonations(
  program: Program,
  parameters: Record<string, Node>,
  results: Record<string, Node>,
): Record<string, string> {
  for (const [input, output] of Object.entries(program.donate ?? {})) {
    const from = parameters[input], to = results[output];
    if (!from || !to || from.dtype !== to.dtype || !sameShape(from.shape, to.shape)) {
      const show = (node?: Node) => node ? describe(node) : "nothing";
      throw new TypeError(
        `Cannot donate input "${input}" (${
          show(from)
        }) of "${program.name}" to output "${output}" (${
          show(to)
        }): expected the same shape and type`,
      );
    }
  }
  return { ...program.donate };
}
