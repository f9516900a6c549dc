/** Networks for tests: any activation and architecture that there is. @module */
import { CIFAR10_TASK } from "../lib/data/cifar10_task.ts";
import { type ModelCard, modelCard } from "../lib/models/card.ts";
import { type Network, networkOf } from "../lib/models/network.ts";
import { loadModelRules } from "../lib/rules/models.ts";
import { ruleFile } from "../lib/rules/mod.ts";
import type { Job } from "../stages/job.ts";

/** All architectures and activations. */
export const MODEL_RULES = await loadModelRules();

/** What a card of a test says; the rest is by default, at the standard width. */
export interface CardOptions {
  readonly activation: string;
  readonly [field: string]: string | number | boolean | readonly number[];
}

/** The card of a PreActResNet18. */
export function testCard({ activation, ...options }: CardOptions): ModelCard {
  const { architecture, activation: activations } = MODEL_RULES;
  return modelCard(architecture["preact-resnet18"], activations[activation], {
    width: 64,
    ...options as Record<string, number>,
  });
}

/** A PreActResNet18 for CIFAR-10. */
export const testNetwork = (options: CardOptions): Network =>
  networkOf(testCard(options), MODEL_RULES, CIFAR10_TASK);

/** What a job says of the modules of an architecture and an activation. */
export function modelRules(activation: string): NonNullable<Job["rules"]> {
  const files = [
    ruleFile("architecture", "preact-resnet18"),
    ruleFile("activation", activation),
  ];
  return Object.fromEntries(files.map(({ kind, name, module }) => [kind, { [name]: module.href }]));
}
