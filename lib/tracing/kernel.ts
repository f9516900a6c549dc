/** What turns a TensorFlow.js kernel into nodes. @module */
import type { Builder } from "./builder.ts";
import type { Node } from "./graph.ts";

/** Inputs by TensorFlow.js' names for them. */
export type Inputs = Record<string, Node>;

/** Attributes as TensorFlow.js passes them, checked by it before. */
// deno-lint-ignore no-explicit-any
export type Attributes = Record<string, any>;

/** How one kernel becomes nodes. */
export type Kernel = (b: Builder, inputs: Inputs, attributes: Attributes) => Node;
