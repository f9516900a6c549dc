import { assertEquals } from "@std/assert";
import { RULES } from "./_fixture.ts";
import { activationStyles } from "./line_styles.ts";

Deno.test("activationStyles() gives kinds their colours in order, and dashes kinks", () => {
  const styles = activationStyles(["silu", "relu", "gelu", "relu", "prelu", "tanh"], RULES);
  assertEquals(styles, {
    silu: { color: "#0072b2" },
    relu: { color: "#d55e00", dash: "6 3" },
    gelu: { color: "#009e73" },
    prelu: { color: "#e69f00", dash: "6 3" },
    tanh: { color: "#cc79a7" },
  });
  const kinds = { a: "piecewise smooth", b: "continuously differentiable" } as const;
  const bent = Object.fromEntries(
    Object.entries(kinds).map(([name, kind]) => [name, { title: name, kind }]),
  );
  assertEquals(activationStyles("ab", { activation: bent }), {
    a: { color: "#d55e00", dash: "6 3" },
    b: { color: "#0072b2" },
  });
  const many = ["a", "b", "c", "d", "e"].map((name) => [name, { title: name, kind: "smooth" }]);
  const { e } = activationStyles("abcde", { activation: Object.fromEntries(many) });
  assertEquals(e, { color: "#666666" });
});
