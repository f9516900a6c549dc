import { assertEquals } from "@std/assert";
import { testNetwork } from "../../../tests/networks.ts";
import { countParameters } from "../network.ts";

Deno.test("countParameters() is that of the published network", () => {
  assertEquals(countParameters(testNetwork({ activation: "gelu" })), 11_171_146);
  // PReLU adds one slope for each of the sixteen activations
  assertEquals(countParameters(testNetwork({ activation: "prelu" })), 11_171_146 + 16);
  // a final batch norm adds a scale and a shift for each of 512 channels
  const network = testNetwork({ activation: "relu", final_bn: true });
  assertEquals(countParameters(network), 11_171_146 + 2 * 512);
});
