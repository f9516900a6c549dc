import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { MODEL_RULES, testNetwork } from "../../tests/networks.ts";
import { initialize } from "./initialize.ts";
import { statistics, variables } from "./network.ts";

Deno.test("initialize() spreads weights as PyTorch's defaults do", () => {
  const network = testNetwork({ activation: "prelu", width: 16 });
  const tensors = initialize(network, 3n);
  for (const [name, { role, fanIn, shape }] of Object.entries(variables(network))) {
    const { data, shape: made } = tensors[name];
    assertEquals(made, shape, name);
    if (role === "scale") assert(data.every((value) => value === 1), name);
    else if (role === "shift") assert(data.every((value) => value === 0), name);
    else if (role === "learned") assertEquals([...data], [0.25], name);
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
  for (const name of Object.keys(statistics(network))) {
    const wanted = name.endsWith("running_var") ? 1 : 0;
    assert(tensors[name].data.every((value) => value === wanted), name);
  }
});

Deno.test("initialize() gives each seed its own weights, whatever the activation", () => {
  const first = (seed: bigint, activation: string) =>
    initialize(testNetwork({ activation, width: 2 }), seed)["conv1.weight"].data[0];
  const names = Object.keys(MODEL_RULES.activation);
  assertEquals(new Set(names.map((activation) => first(0n, activation))).size, 1);
  assert(first(0n, "relu") !== first(1n, "relu"));
});
