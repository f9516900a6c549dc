/** Made-up records of cells that measure models, for tests. @module */
import type { CurveRecord } from "../../curve/record.ts";
import type { SurfaceRecord } from "../../surface/record.ts";
import { roughness } from "../../surface/roughness.ts";
import type { TransferRecord } from "../../transfer/record.ts";

/** What a report of the tests names. */
export const MEASURED_RULES = {
  method: { fgsm: { title: "FGSM", training: "single-step" } },
  activation: {
    relu: { title: "ReLU", kind: "piecewise linear" },
    gelu: { title: "GELU", kind: "smooth" },
  },
  architecture: {},
  attack: { "apgd-ce": { title: "APGD-CE" }, autoattack: { title: "AutoAttack-Linf" } },
} as const;

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

/** A curve over 40 images, of which so many stand at each radius. */
export function madeUpCurve(
  standing: readonly number[],
  grey: CurveRecord["grey"] = { class: 0, missed: 0 },
): CurveRecord {
  const epsilons = [0, 8 / 255, 16 / 255, 128 / 255].slice(0, standing.length);
  return {
    ...{ attacks: ["apgd-ce"], images: 40, epsilon: 8 / 255, epsilons },
    ...{ iterations: 30, restarts: 1, targets: 9, grey },
    accuracy: standing.map((count) => count / 40),
    per_image: { index: [], label: [], fell_at: [], broken_by: [] },
  };
}

/** Two seeds of ReLU and one of GELU. */
export const madeUpCurves = (): [string, CurveRecord][] => [
  ["curve:fgsm:relu", madeUpCurve([30, 10, 0, 0])],
  ["curve:fgsm:gelu", madeUpCurve([28, 20, 12, 0])],
  ["curve:fgsm:relu@2", madeUpCurve([26, 2, 0, 0])],
];

/** Two models of 40 images: ReLU masks its gradients from FGSM, GELU does not. */
export const madeUpTransfers = (): [string, TransferRecord][] => {
  const own = { images: 40, epsilon: 8 / 255 };
  return [
    ["transfer:fgsm:relu", {
      ...{ ...own, clean: range(0, 30), attack: null },
      sources: {
        "examples:fgsm:relu": { right: { fgsm: range(0, 28), pgd: [] } },
        "examples:fgsm:gelu": { right: { fgsm: range(0, 8), pgd: range(0, 12) } },
      },
    }],
    ["transfer:fgsm:gelu", {
      ...{ ...own, clean: range(0, 28), attack: { name: "autoattack", robust: range(0, 12) } },
      sources: {
        "examples:fgsm:relu": { right: { fgsm: range(2, 26), pgd: range(0, 27) } },
        "examples:fgsm:gelu": { right: { fgsm: range(0, 20), pgd: range(0, 18) } },
      },
    }],
  ];
};

/** A bowl, and a ridge that falls to either side. */
export function madeUpSurfaces(): [string, SurfaceRecord][] {
  const places = [-1, -0.5, 0, 0.5, 1];
  const record = (loss: (a: number, b: number) => number): SurfaceRecord => {
    const mean = places.map((b) => places.map((a) => loss(a, b))), rough = roughness(mean);
    return {
      ...{ images: 6, radius: 16 / 255, points: places.length, mean },
      ...{ mean_roughness: rough, median_roughness: rough },
      per_image: { index: [], range: [], residual: [], unexplained: [] },
      shown: [{ index: 3, label: 1, loss: mean, roughness: rough }],
    };
  };
  return [
    ["surface:fgsm:relu", record((a, b) => 2 - Math.abs(a) + b / 9)],
    ["surface:fgsm:gelu", record((a, b) => 2 + a / 5 + b * b / 20)],
  ];
}
