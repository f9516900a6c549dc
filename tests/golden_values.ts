/**
 * The golden values in `tests/golden` and the network, images and labels they were computed for.
 * `tests/golden/make.py` is the other side of every formula here.
 *
 * @module
 */
import type { HostTensor } from "../lib/models/classifier.ts";
import { type Network, statistics, variables } from "../lib/models/network.ts";
import { fromTorchLayout } from "../lib/models/weights.ts";
import { hashed } from "./hashed.ts";
import { type CardOptions, testNetwork } from "./networks.ts";

/** What `make.py` was run with. */
export interface Setting {
  readonly width: number;
  readonly batch: number;
  readonly seed: number;
  readonly epsilon: number;
}

/** One training step: scalars, and arrays in base64 by `state_dict` names. */
export interface GoldenStep extends Setting {
  readonly method: "natural" | "igr" | "igr_eval" | "fgsm" | "fgsm_random";
  /** Of the sign step from a random start. */
  readonly step_size: number;
  readonly lambda: number;
  readonly loss: number;
  readonly cross_entropy?: number;
  readonly penalty?: number;
  readonly gradients: Readonly<Record<string, string>>;
  readonly statistics: Readonly<Record<string, string>>;
}

/**
 * Activations of which `engines_contract_test.ts` compiles the evaluation, a natural step and one of
 * IGR: it holds these to the golden values as well, so that they are compiled once.
 */
export const CONTRACTED: readonly string[] = ["relu", "gelu"];

/** Imported by names that stand here, which needs no permission. */
const golden: Readonly<Record<string, () => Promise<{ default: unknown }>>> = {
  activations: () => import("./golden/activations.json", { with: { type: "json" } }),
  adam: () => import("./golden/adam.json", { with: { type: "json" } }),
  augmentations: () => import("./golden/augmentations.json", { with: { type: "json" } }),
  evaluation: () => import("./golden/evaluation.json", { with: { type: "json" } }),
  mixing: () => import("./golden/mixing.json", { with: { type: "json" } }),
  schedules: () => import("./golden/schedules.json", { with: { type: "json" } }),
  sgd: () => import("./golden/sgd.json", { with: { type: "json" } }),
  step_fgsm_gelu: () => import("./golden/step_fgsm_gelu.json", { with: { type: "json" } }),
  step_fgsm_random_gelu: () =>
    import("./golden/step_fgsm_random_gelu.json", { with: { type: "json" } }),
  step_fgsm_relu: () => import("./golden/step_fgsm_relu.json", { with: { type: "json" } }),
  step_igr_eval_gelu: () => import("./golden/step_igr_eval_gelu.json", { with: { type: "json" } }),
  step_igr_gelu: () => import("./golden/step_igr_gelu.json", { with: { type: "json" } }),
  step_igr_prelu: () => import("./golden/step_igr_prelu.json", { with: { type: "json" } }),
  step_igr_relu: () => import("./golden/step_igr_relu.json", { with: { type: "json" } }),
  step_igr_softplus: () => import("./golden/step_igr_softplus.json", { with: { type: "json" } }),
  step_igr_softplus10: () =>
    import("./golden/step_igr_softplus10.json", { with: { type: "json" } }),
  step_natural_gelu: () => import("./golden/step_natural_gelu.json", { with: { type: "json" } }),
  step_natural_relu: () => import("./golden/step_natural_relu.json", { with: { type: "json" } }),
  variants: () => import("./golden/variants.json", { with: { type: "json" } }),
};

/** Reads `tests/golden/<name>.json`. */
export async function readGolden<T>(name: string): Promise<T> {
  return (await golden[name]()).default as T;
}

/** Decodes bytes in base64. */
export const decodeBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/** Decodes little-endian float32 in base64. */
export const decodeFloats = (text: string): Float32Array<ArrayBuffer> =>
  new Float32Array(decodeBytes(text).buffer);

/** The network of an activation's name in `make.py`, where `softplus10` is Softplus with beta 10. */
export function goldenNetwork(
  activation: string,
  width: number,
  options: Partial<CardOptions> = {},
): Network {
  return testNetwork({
    activation: activation.replace("10", ""),
    ...activation === "softplus10" ? { beta: 10 } : {},
    width,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.2471, 0.2435, 0.2616],
    ...options,
  });
}

/** Variables and running statistics in this project's layout: `initial` in `make.py`. */
export function goldenTensors(network: Network, seed: number): Record<string, HostTensor> {
  const tensors: Record<string, HostTensor> = {};
  for (const [name, { shape }] of Object.entries(variables(network))) {
    const torch = shape.length === 4 ? [3, 2, 0, 1] : shape.length === 2 ? [1, 0] : [0];
    const torchShape = torch.map((axis) => shape[axis]);
    const bound = Math.sqrt(6 / torchShape.slice(1).reduce((product, n) => product * n, 1));
    const [low, high] = name.includes(".act")
      ? [0.15, 0.35]
      : shape.length > 1
      ? [-bound, bound]
      : name.endsWith("weight")
      ? [0.75, 1.25]
      : [-0.25, 0.25];
    const data = hashed(`${seed}:${name}`, shape, low, high);
    tensors[name] = fromTorchLayout({ shape: torchShape, data });
  }
  for (const [name, shape] of Object.entries(statistics(network))) {
    const [low, high] = name.endsWith("mean") ? [-0.25, 0.25] : [0.75, 1.5];
    tensors[name] = { shape, data: hashed(`${seed}:${name}`, shape, low, high) };
  }
  return tensors;
}

/** Images and noise in [-1, 1], `[batch, 32, 32, 3]`, and labels `[batch]`. */
export function goldenBatch(
  { batch, seed }: Setting,
): { images: HostTensor; noise: HostTensor; labels: Int32Array<ArrayBuffer> } {
  const pixels = (name: string, low: number) => {
    const planes = hashed(`${seed}:${name}`, [batch, 3, 32, 32], low, 1);
    const data = new Float32Array(planes.length);
    for (let i = 0; i < planes.length; i++) {
      const pixel = i % 1024, channel = (i >> 10) % 3, image = Math.floor(i / 3072);
      data[(image * 1024 + pixel) * 3 + channel] = planes[i];
    }
    return { shape: [batch, 32, 32, 3], data };
  };
  return {
    images: pixels("images", 0),
    noise: pixels("noise", -1),
    labels: Int32Array.from({ length: batch }, (_, i) => (7 * i + 3) % 10),
  };
}
