import { assertEquals } from "@std/assert";
import { toStableHlo } from "../stablehlo/print.ts";
import { tf } from "../tensorflow/mod.ts";
import { rebuild } from "./rebuild.ts";
import { trace } from "./trace.ts";

Deno.test("rebuild() keeps a parameter that no result needs, also one named as a result is", () => {
  const spec = { shape: [2], dtype: "float32" } as const;
  const graph = trace({
    name: "constant",
    inputs: { x: spec, y: spec },
    donate: { x: "x" },
    build: ({ x }) => ({ x: tf.clipByValue(x, 0, 0) }),
  });
  const made = rebuild(graph, () => undefined);
  assertEquals(Object.keys(made.parameters), ["x", "y"]);
  assertEquals(toStableHlo(made), toStableHlo(graph));
});
