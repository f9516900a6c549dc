import { object } from "../../schema.ts";
import { crossEntropyLoss } from "../cross_entropy_loss.ts";
import type { Method } from "../method.ts";

/** Training on the images as they are. */
export const method: Method<Record<never, never>> = {
  name: "natural",
  title: "Natural",
  source: "empirical risk minimisation of the cross-entropy",
  training: "plain",
  parameters: object({}),
  defaults: {},
  loss: (context, images) => crossEntropyLoss(context, images),
};
