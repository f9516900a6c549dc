/** What a run of several attacks is given, reports and leaves. @module */
import type { Attack } from "../attack.ts";
import type { AttackResult, Evaluation, LabelledImages } from "../victim/evaluate.ts";
import type { Search } from "../victim/search.ts";

/** One attack's share in the verdict. */
export interface AttackRecord {
  readonly name: string;
  /** Images still robust before and after it. */
  readonly robust_before: number;
  readonly robust_after: number;
  /** How long it took, over all processes that worked at it; never part of a verdict. */
  readonly seconds: number;
}

/** What {@linkcode runAttacks} is given besides the model. */
export interface RunAttacksOptions extends LabelledImages {
  /** Radius in pixels in [0, 1], for example 8 / 255. */
  readonly epsilon: number;
  /** In order. */
  readonly attacks: readonly Attack[];
  /** What the model makes of the images, where that is known already. */
  readonly clean?: Evaluation;
  /**
   * The same model in lower precision, with which the attacks then search; verdicts are those of the
   * exact one all the same. See {@linkcode searchVictim}.
   */
  readonly search?: Search;
  /**
   * What the results depend on that is not visible here: the weights, the attacks' parameters and
   * seed, the engine. A checkpoint of another identity, other images or another block size is not
   * gone on with.
   */
  readonly identity?: string;
  /**
   * Bytes that an earlier run handed to `onCheckpoint`. From those of another identity nothing is
   * taken, nor from what cannot be read; whoever stores them has to notice flipped bits.
   */
  readonly resume?: Uint8Array;
  /** Milliseconds between checkpoints inside an attack, 30,000 by default. */
  readonly checkpointEvery?: number;
  /** Called now and then, and after each attack. When it is called changes no result. */
  readonly onCheckpoint?: (bytes: Uint8Array<ArrayBuffer>) => void | Promise<void>;
  /** Called once where an earlier run is gone on with. */
  readonly onResume?: (where: { readonly attack: string; readonly robust: number }) => void;
  /** Called once where `resume` is given but not gone on with: why. */
  readonly onRestart?: (why: string) => void;
  readonly onProgress?: (state: RunProgress) => void;
}

/** How far {@linkcode runAttacks} is. */
export interface RunProgress {
  /** Share of all attacks done, 0 to 1, weighted by their cost. */
  readonly overall: number;
  readonly attack: string;
  /** Evaluations of this attack, done or found unnecessary, and at most needed. */
  readonly done: number;
  readonly total: number;
  /** Images not yet seen misclassified, of all images. */
  readonly robust: number;
  readonly count: number;
  /** Robust accuracy to expect after this attack; see {@linkcode estimateSurvival}. */
  readonly estimate: number;
}

/** What {@linkcode runAttacks} leaves. */
export interface RunAttacksResult extends AttackResult {
  readonly attacks: readonly AttackRecord[];
  /** Attack that broke each image; `null` for the others. */
  readonly brokenBy: readonly (string | null)[];
  /**
   * Logit of the label minus the highest other, of each image. Of a broken image it is that of the
   * stored example, of a misclassified one that of the image itself, and of a robust one the lowest
   * that was seen in the ball, by the model that searched.
   */
  readonly margins: Float32Array<ArrayBuffer>;
  /** Clean logits, `[N, classes]`. */
  readonly logits: Float32Array<ArrayBuffer>;
  /** Images for which an attack began with a gradient of nothing but zeros. */
  readonly zeroGradients: number;
}
