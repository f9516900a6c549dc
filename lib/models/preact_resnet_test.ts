import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { activations } from "./activations.ts";
import { modelCard } from "./card.ts";
import { initialize } from "./initialize.ts";
import { countParameters, statistics, variables } from "./preact_resnet.ts";

Deno.test("countParameters() is that of the published network", () => {
  assertEquals(countParameters(modelCard({ activation: "gelu" })), 11_171_146);
  // PReLU adds one slope for each of the sixteen activations
  assertEquals(countParameters(modelCard({ activation: "prelu" })), 11_171_146 + 16);
  // a final batch norm adds a scale and a shift for each of 512 channels
  const card = modelCard({ activation: "relu", final_bn: true });
  assertEquals(countParameters(card), 11_171_146 + 2 * 512);
});

Deno.test("initialize() spreads weights as PyTorch's defaults do", () => {
  const card = modelCard({ activation: "prelu", width: 16 });
  const tensors = initialize(card, 3n);
  for (const [name, { role, fanIn, shape }] of Object.entries(variables(card))) {
    const { data, shape: made } = tensors[name];
    assertEquals(made, shape, name);
    if (role === "scale") assert(data.every((value) => value === 1), name);
    else if (role === "shift") assert(data.every((value) => value === 0), name);
    else if (role === "slope") assertEquals([...data], [0.25], name);
    else {
      const bound = 1 / Math.sqrt(fanIn),
        largest = data.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      assert(largest <= bound, name);
      if (data.length < 400) continue;
      assert(largest > 0.98 * bound, name);
      const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
      const variance = data.reduce((sum, v) => sum + v * v, 0) / data.length;
      assertAlmostEquals(mean, 0, 5 * bound / Math.sqrt(3 * data.length), name);
      assertAlmostEquals(variance / (bound ** 2 / 3), 1, 5 / Math.sqrt(data.length), name);
    }
  }
  for (const name of Object.keys(statistics(card))) {
    const wanted = name.endsWith("running_var") ? 1 : 0;
    assert(tensors[name].data.every((value) => value === wanted), name);
  }
});

Deno.test("initialize() gives each seed its own weights, whatever the activation", () => {
  const first = (seed: bigint, activation: typeof activations[number]) =>
    initialize(modelCard({ activation, width: 2 }), seed)["conv1.weight"].data[0];
  assertEquals(new Set(activations.map((activation) => first(0n, activation))).size, 1);
  assert(first(0n, "relu") !== first(1n, "relu"));
});
