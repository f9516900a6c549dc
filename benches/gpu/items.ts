/** What is measured on a GPU, most wanted first: time may end before the list does. @module */
import type { Precision } from "../../lib/engines/mod.ts";

/** Programs beside ours. */
export type Peer = "jax_same" | "jax" | "torch" | "torch_channels_last" | "torch_compile";

/** Ours and its peers, by the names that the report gives them. */
export const sideNames: Readonly<Record<"ours" | Peer, string>> = {
  ours: "ours",
  jax_same: "our StableHLO in JAX",
  jax: "JAX",
  torch: "PyTorch eager",
  torch_channels_last: "channels_last",
  torch_compile: "torch.compile",
};

/** Sizes of the whole benchmark: those of the paper, or ones that a CPU can do in minutes. */
export interface Sizes {
  readonly width: number;
  /** Batches of training steps; the first is the paper's. */
  readonly batches: readonly number[];
  /** Images evaluated at once by attacks. */
  readonly blocks: readonly number[];
  /** Images and epochs of training. */
  readonly trained: number;
  readonly epochs: number;
  readonly attacked: number;
  /** Seconds that each side computes in each of its turns. */
  readonly turn: number;
}

export const paperSizes: Sizes = {
  width: 64,
  batches: [128, 256, 512],
  blocks: [500, 1000],
  trained: 4000,
  epochs: 30,
  attacked: 512,
  turn: 0.5,
};

export const tinySizes: Sizes = {
  width: 4,
  batches: [8],
  blocks: [8],
  trained: 256,
  epochs: 2,
  attacked: 8,
  turn: 0.02,
};

/** One measurement of the plan. */
export type Item =
  /** Numbers and verdicts beside those that the CPU plugin left. */
  | { readonly kind: "agreement" }
  /** A training step, on a batch that lies on the device. */
  | {
    readonly kind: "step";
    readonly method: "natural" | "igr" | "fgsm";
    readonly activation: "relu" | "gelu";
    readonly batch: number;
    readonly precision: Precision;
    readonly peers: readonly Peer[];
  }
  /** A training step that was compiled without the GPU, and brought with. */
  | {
    readonly kind: "load";
    readonly method: "fgsm";
    readonly activation: "gelu";
    readonly batch: number;
    readonly precision: Precision;
  }
  /** What attacks are made of: `logits` for Square, `gradients` with logits for APGD and FAB. */
  | {
    readonly kind: "evaluate";
    readonly program: "logits" | "gradients";
    readonly batch: number;
    readonly precision: Precision;
    readonly peers: readonly Peer[];
  }
  /** Training from bytes on the device: batches drawn, cropped, flipped; then the step. */
  | {
    readonly kind: "epoch";
    readonly method: "natural" | "igr" | "fgsm";
    readonly precision: Precision;
    readonly peers: readonly Peer[];
  }
  /** A short adversarial training, whose model the attacks get. */
  | { readonly kind: "model" }
  /** AutoAttack on it; `search` is the precision of ours. */
  | { readonly kind: "attack"; readonly by: "ours"; readonly search: Precision }
  | { readonly kind: "attack"; readonly by: "reference" };

const all: readonly Peer[] = ["jax_same", "jax", "torch", "torch_channels_last", "torch_compile"];
const few: readonly Peer[] = ["torch_channels_last"];
const methods = ["igr", "natural", "fgsm"] as const, precisions = ["f32", "tf32", "bf16"] as const;

/** A name that tells an item from all others. */
export function nameOf(item: Item): string {
  switch (item.kind) {
    case "step":
      return `step ${item.method} ${item.activation} ${item.batch} ${item.precision}` +
        (item.peers === all ? " beside all" : "");
    case "load":
      return `load ${item.method} ${item.activation} ${item.batch} ${item.precision}`;
    case "evaluate":
      return `evaluate ${item.program} ${item.batch} ${item.precision}`;
    case "epoch":
      return `epoch ${item.method} ${item.precision}` +
        (item.peers === few ? " beside PyTorch" : "");
    case "attack":
      return item.by === "reference" ? "attack reference" : `attack ours ${item.search}`;
    default:
      return item.kind;
  }
}

/**
 * What has to be known before hours, or the few minutes there are, are spent on training: is it right,
 * and how long do the paper's steps take in the precisions that use tensor cores.
 */
export function firstContact({ batches: [batch] }: Sizes): Item[] {
  const steps = (method: "fgsm" | "igr") =>
    (["bf16", "tf32"] as const).map((precision): Item => ({
      ...{ kind: "step", method, activation: "gelu", batch, precision, peers: few },
    }));
  return [
    { kind: "agreement" },
    ...steps("fgsm"),
    { kind: "load", method: "fgsm", activation: "gelu", batch, precision: "bf16" },
    { kind: "epoch", method: "fgsm", precision: "bf16", peers: [] },
    ...steps("igr"),
  ];
}

/**
 * The measurements, in order: {@linkcode firstContact}; the paper's batch beside every peer, and
 * AutoAttack, in float32 and bfloat16; TF32; throughputs; at last the other batches and ReLU, beside
 * PyTorch alone.
 *
 * @param reference Whether the reference AutoAttack was packed
 */
export function plan(sizes: Sizes, reference: boolean): Item[] {
  const { batches, blocks } = sizes;
  const [first, ...others] = batches;
  const steps = (
    activation: "relu" | "gelu",
    batch: number,
    peers: readonly Peer[],
    of: readonly Precision[] = precisions,
  ): Item[] =>
    of.flatMap((precision) =>
      methods.map((method) => ({ kind: "step", method, activation, batch, precision, peers }))
    );
  const evaluations = blocks.flatMap((batch): Item[] =>
    (["gradients", "logits"] as const).flatMap((program) =>
      precisions.map((precision) => ({
        kind: "evaluate",
        program,
        batch,
        precision,
        peers: ["torch", "torch_channels_last"],
      }))
    )
  );
  const epochs = (["f32", "bf16"] as const).flatMap((precision): Item[] =>
    methods.map((method) => ({ kind: "epoch", method, precision, peers: few }))
  );
  return [
    ...firstContact(sizes),
    ...steps("gelu", first, all, ["f32"]),
    { kind: "model" },
    { kind: "attack", by: "ours", search: "f32" },
    ...reference ? [{ kind: "attack", by: "reference" } as const] : [],
    ...steps("gelu", first, all, ["bf16"]),
    { kind: "attack", by: "ours", search: "bf16" },
    ...steps("gelu", first, all, ["tf32"]),
    ...evaluations,
    ...epochs,
    ...steps("relu", first, few),
    ...others.flatMap((batch) => [...steps("gelu", batch, few), ...steps("relu", batch, few)]),
  ];
}
