/**
 * Networks for benchmarks, which may be bundled into one file: there is no folder of rules then, so
 * their modules are named here.
 *
 * @module
 */
import { activation as gelu } from "../lib/models/activations/gelu.ts";
import { activation as prelu } from "../lib/models/activations/prelu.ts";
import { activation as relu } from "../lib/models/activations/relu.ts";
import { activation as silu } from "../lib/models/activations/silu.ts";
import { activation as softplus } from "../lib/models/activations/softplus.ts";
import { CIFAR10_TASK } from "../lib/data/cifar10_task.ts";
import { architecture } from "../lib/models/architectures/preact_resnet18.ts";
import { modelCard, type ModelRules } from "../lib/models/card.ts";
import { type Network, networkOf } from "../lib/models/network.ts";

/** What is timed. */
export const BENCH_RULES: ModelRules = {
  architecture: { [architecture.name]: architecture },
  activation: { relu, prelu, gelu, softplus, silu },
};

/**
 * A PreActResNet18 for CIFAR-10.
 *
 * @throws {RangeError} If the activation is not one that is timed
 */
export function benchNetwork(activation: string, width: number): Network {
  const rule = BENCH_RULES.activation[activation];
  if (rule === undefined) {
    throw new RangeError(
      `Cannot time "${activation}": expected one of ${
        Object.keys(BENCH_RULES.activation).join(", ")
      }`,
    );
  }
  return networkOf(modelCard(architecture, rule, { width }), BENCH_RULES, CIFAR10_TASK);
}
