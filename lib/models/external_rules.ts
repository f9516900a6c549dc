/**
 * What is known of other people's files, as data: what wrappers leave beside a network, and what
 * else its layers are called. `external_names.ts` applies it.
 *
 * @module
 */

/** Tensors that do not change what a network computes. */
export const LEFT_OUT: readonly {
  readonly what: string;
  readonly name: RegExp;
  /** Only tensors of one element. */
  readonly scalar?: boolean;
}[] = [
  {
    what: "state of the training",
    name:
      /^(?:optim|optimizers?|opt|(?:lr_)?schedulers?|(?:grad_)?scaler|rng|callbacks|loops)(?:_states?)?(?:_dict)?\./,
  },
  {
    what: "counters",
    name: /(?:^|\.)(?:n_averaged|initted|step|global_step|epoch|iteration|best_\w+)$/,
    scalar: true,
  },
];

/** The counters of batch norm, which belong to a network and say nothing of it. */
export const COUNTER = /\.num_batches_tracked$/;

/** Segments that wrappers of single layers put into names: `compile`, FSDP, checkpoints, parallel. */
export const INNER_WRAPPERS: ReadonlySet<string> = new Set([
  "_orig_mod",
  "_fsdp_wrapped_module",
  "_checkpoint_wrapped_module",
  "module",
]);

/** What layers are called elsewhere; `name` may refer to groups of `other`. */
export const ALIASES: readonly { readonly other: RegExp; readonly name: string }[] = [
  {
    other:
      /^(?:fc|classifier|head|logits|last_linear|output|out|final|dense|lin)(?=\.(weight|bias)$)/,
    name: "linear",
  },
  { other: /^(?:conv|conv0|conv_1|init_conv|stem|stem\.0|stem\.conv)(?=\.weight$)/, name: "conv1" },
  {
    other: /^(?:final_bn|bn_final|last_bn|bn_last|bn_out|final_norm|norm)(?=\.\w+$)/,
    name: "bn",
  },
  {
    other:
      /^(layer\d+\.\d+)\.(?:shortcut|(?:shortcut|downsample|skip|proj|projection)(?:\.0|\.conv)|downsample|skip|proj|projection|conv_shortcut|shortcut_conv|convShortcut)(?=\.weight$)/,
    name: "$1.shortcut.0",
  },
  {
    other: /^(layer\d+\.\d+\.)(?:act|relu|prelu|activation|nonlinearity)_?([12])(?=\.[a-z]\w*$)/,
    name: "$1act$2",
  },
  {
    other: /^(layer\d+\.\d+\.)?(?:relu|prelu|activation|nonlinearity|act_fn)(?=\.[a-z]\w*$)/,
    name: "$1act",
  },
];

/** What the normalisation of pixels is called, by the card's field; `running_mean` is batch norm's. */
export const NORMALISATION: Readonly<Record<"mean" | "std", RegExp>> = {
  mean: /^(?!running_)(?:\w*_)?(?:mean|mu)_?$/,
  std: /^(?:\w*_)?(?:std|sigma|stddev|stdev)_?$/,
};

/** What an activation learns goes by this name in it, if a name is of that: `weight`, a PReLU's slope. */
export const learnedName = (name: string): string | undefined =>
  /^(?:layer\d+\.\d+\.)?act\d?\.([A-Za-z]\w*)$/.exec(name)?.[1];
