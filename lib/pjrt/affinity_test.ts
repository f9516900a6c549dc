import { assert, assertEquals, assertThrows } from "@std/assert";
import { availableCores, onCores } from "./affinity.ts";

const cores = availableCores();

Deno.test({
  name: "onCores() keeps work on the cores named, and gives the others back" +
    (cores.length > 1 ? "" : " (skipped: one core, or a system that does not say)"),
  ignore: cores.length < 2,
  fn() {
    const last = cores[cores.length - 1];
    assertEquals(onCores([last], availableCores), [last]);
    assertEquals(availableCores(), cores);
    assertThrows(
      () =>
        onCores([last], () => {
          throw new RangeError("inside");
        }),
      RangeError,
      "inside",
    );
    assertEquals(availableCores(), cores);
  },
});

Deno.test("availableCores() names each core once, rising", () => {
  assertEquals(cores, [...new Set(cores)].sort((a, b) => a - b));
  assert(cores.length <= 1024);
});
