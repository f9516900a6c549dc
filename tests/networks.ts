/** Networks for tests: any activation and architecture that there is. @module */
import { CIFAR10_TASK } from "../lib/data/cifar10_task.ts";
import * as gelu from "../lib/models/activations/gelu.ts";
import * as prelu from "../lib/models/activations/prelu.ts";
import * as pssilu from "../lib/models/activations/pssilu.ts";
import * as relu from "../lib/models/activations/relu.ts";
import * as softplus from "../lib/models/activations/softplus.ts";
import { architecture } from "../lib/models/architectures/preact_resnet18.ts";
import { architecture as smallCnn } from "../lib/models/architectures/small_cnn.ts";
import { type ModelCard, modelCard, type ModelRules } from "../lib/models/card.ts";
import { type Network, networkOf } from "../lib/models/network.ts";
import { loadModelRules } from "../lib/rules/models.ts";
import { ruleFile } from "../lib/rules/mod.ts";
import { PERMITTED } from "./permitted.ts";
import type { Job } from "../stages/job.ts";

/** All architectures and activations; where folders cannot be read, some. */
export const MODEL_RULES: ModelRules = PERMITTED ? await loadModelRules() : {
  architecture: { [architecture.name]: architecture, [smallCnn.name]: smallCnn },
  activation: Object.fromEntries(
    [gelu, prelu, pssilu, relu, softplus].map(({ activation }) => [activation.name, activation]),
  ),
};

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

/** The smallest network for CIFAR-10, for tests of anything but networks: it compiles in no time. */
export function smallNetwork(activation: string): Network {
  const { architecture, activation: activations } = MODEL_RULES;
  const card = modelCard(architecture["small-cnn"], activations[activation], { filters: 2 });
  return networkOf(card, MODEL_RULES, CIFAR10_TASK);
}

/** What a job says of the modules of an architecture and an activation. */
export function modelRules(
  activation: string,
  architecture = "preact-resnet18",
): NonNullable<Job["rules"]> {
  const files = [
    ruleFile("architecture", architecture),
    ruleFile("activation", activation),
  ];
  return Object.fromEntries(files.map(({ kind, name, module }) => [kind, { [name]: module.href }]));
}
