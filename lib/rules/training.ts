/** @module */
import type { ModelRules } from "../models/card.ts";
import type { Method } from "../training/method.ts";
import { loadRules } from "./mod.ts";
import { loadModelRules } from "./models.ts";

/** All that a training may name. */
export async function loadTrainingRules(): Promise<
  ModelRules & { readonly method: Readonly<Record<string, Method>> }
> {
  const [models, method] = await Promise.all([loadModelRules(), loadRules<Method>("method")]);
  return { ...models, method };
}
