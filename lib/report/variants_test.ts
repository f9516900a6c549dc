import { assertEquals } from "@std/assert";
import { RULES } from "./_fixture.ts";
import { activationName, methodName } from "./names.ts";
import { withVariants } from "./variants.ts";

Deno.test("withVariants() gives variants titles of their own and the rest of their rule", () => {
  const rules = withVariants(RULES, {
    activation: { sharp: { rule: "softplus", title: "Softplus (beta 10)" } },
  });
  assertEquals(activationName("sharp", rules), "Softplus (beta 10)");
  assertEquals(rules.activation.sharp.kind, RULES.activation.softplus.kind);
  assertEquals(methodName("igr", rules), methodName("igr", RULES));
  assertEquals(withVariants(RULES), RULES);
});
