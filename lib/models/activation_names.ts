/** Names alone: commands that read a card need not load TensorFlow.js. @module */

/** Activations that a model can be built with. */
export const activations = ["relu", "prelu", "gelu", "softplus", "silu"] as const;

/** Name of an activation. */
export type Activation = typeof activations[number];
