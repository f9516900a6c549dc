/** @module */

/** Input name under which the weights are passed. */
export const EXTERNAL_WEIGHTS = "external:weights";

/** The one file of that input. */
export const WEIGHTS_FILE = "weights.safetensors";
