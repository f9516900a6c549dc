/** @module */
import type { Activation } from "../models/activation.ts";
import type { Architecture } from "../models/architecture.ts";
import type { ModelRules } from "../models/card.ts";
import { loadRules } from "./mod.ts";

/** All architectures and activations that a model card may name. */
export async function loadModelRules(): Promise<ModelRules> {
  const [architecture, activation] = await Promise.all([
    loadRules<Architecture>("architecture"),
    loadRules<Activation>("activation"),
  ]);
  return { architecture, activation };
}
