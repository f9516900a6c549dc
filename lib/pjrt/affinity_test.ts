import { assert, assertEquals, assertThrows } from "@std/assert";
import { availableCores, onCores } from "./affinity.ts";
import { PERMITTED, permitted } from "../../tests/permitted.ts";

const cores = PERMITTED ? availableCores() : [];

permitted({
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

permitted("availableCores() names each core once, rising", () => {
  assertEquals(cores, [...new Set(cores)].sort((a, b) => a - b));
  assert(cores.length <= 1024);
});
