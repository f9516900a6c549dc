import { assertEquals } from "@std/assert";
import { resultMetrics } from "./metrics.ts";

Deno.test("resultMetrics() leaves out times and rates, and nothing else", () => {
  const results = {
    clean_accuracy: 0.5,
    images: 8,
    robust_accuracy_after_fab: 0,
    secondsight: 1,
    share: 1,
  };
  const times = {
    ...{ seconds: 2, "seconds_apgd-ce": 3, setup_seconds: 1, images_per_second: 4 },
    waiting_share: 0.1,
  };
  assertEquals(resultMetrics({ ...results, ...times }), results);
});
