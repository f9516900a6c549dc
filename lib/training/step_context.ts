/** What a training method is handed in a step. @module */
import type { Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { Tensors } from "../engines/engine.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";

/** How the network is run over images. */
export interface PassOptions {
  /** `eval` normalises by the running statistics and moves none; without it, the recipe's mode holds. */
  readonly mode?: "eval";
  /**
   * Sharpness of the smooth form whose derivative stands in for that of a piecewise linear activation,
   * see `smoothBackward` of `lib/models/smooth_backward.ts`.
   */
  readonly smoothBackward?: number;
}

/** What a pass over images gives. */
export interface Classified {
  /** `[N, classes]` */
  readonly logits: Tensor2D;
  /** Cross-entropy of each image, `[N]`, in nats. */
  readonly losses: Tensor;
}

/** What a pass over images gives, and its gradient. */
export interface Differentiated extends Classified {
  /** Of each image's cross-entropy with respect to its pixels, `[N, H, W, C]`. */
  readonly gradient: Tensor4D;
}

/** What a method is handed in a step. */
export interface StepContext<Parameters> {
  readonly tf: TensorFlow;
  readonly parameters: Parameters;
  /** `[N, H, W, C]`, pixels in [0, 1], augmented. */
  readonly images: Tensor4D;
  /** One-hot, `[N, classes]`. */
  readonly labels: Tensor2D;
  /**
   * Logits `[N, classes]` of images `[N, H, W, C]`, by the weights of this step. In the recipe's mode
   * of batch norm every pass moves the running statistics.
   */
  readonly logits: (images: Tensor4D, options?: PassOptions) => Tensor2D;
  /** {@linkcode StepContext.logits} of the images whose accuracy is reported; called once, by `loss`. */
  readonly classify: (images: Tensor4D, options?: PassOptions) => Classified;
  /** Cross-entropy of each image, `[N]`, in nats, of logits `[N, classes]`. */
  readonly losses: (logits: Tensor2D) => Tensor;
  /**
   * Gradient of each image's cross-entropy with respect to its pixels, `[N, H, W, C]`. Inside `loss` it
   * is differentiated once more.
   */
  readonly inputGradient: (images: Tensor4D, options?: PassOptions) => Tensor4D;
  /**
   * {@linkcode StepContext.inputGradient} and what its pass gives.
   *
   * @param pass `classify`, or a pass whose accuracy is not reported
   */
  readonly differentiate: (
    images: Tensor4D,
    pass?: (images: Tensor4D) => Classified,
  ) => Differentiated;
  /** As many arrays as `StepInputs.noise` says, uniform in [-1, 1), of the images' shape. */
  readonly noise: readonly Tensor4D[];
  /** The share of a regulariser that applies, a scalar in [0, 1]; see `StepInputs.rampEpochs`. */
  readonly ramp?: Tensor;
  /** What the step before left of `Method.state`. */
  readonly state: Tensors;
  /** What `Method.constants` gives. */
  readonly constants: Tensors;
}
