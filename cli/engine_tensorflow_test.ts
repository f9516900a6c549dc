import { assertEquals } from "@std/assert";
import { progressText } from "./engine_tensorflow.ts";
import { permitted } from "../tests/permitted.ts";

Deno.test("progressText() tells steps once and downloads by tenths, never backwards", () => {
  const text = progressText(), step = "Fetching", total = 200e6;
  const told = [0, 1e6, 50e6, 190e6, 60e6, 200e6, 200e6].map((bytes) =>
    text({ step, bytes, total })
  );
  assertEquals(told, [
    "Fetching: 0 B of 200 MB",
    undefined,
    "Fetching: 50 MB of 200 MB",
    "Fetching: 190 MB of 200 MB",
    undefined,
    "Fetching: 200 MB of 200 MB",
    undefined,
  ]);
  assertEquals([text({ step: "Unpacking" }), text({ step: "Unpacking" })], [
    "Unpacking",
    undefined,
  ]);
});

permitted("the command refuses what it does not know", async () => {
  const entry = new URL("./engine_tensorflow.ts", import.meta.url);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", entry.href, "--cuda"],
    env: { NO_COLOR: "1" },
  }).output();
  assertEquals(code, 2);
  assertEquals(
    new TextDecoder().decode(stderr).trim(),
    'Cannot understand "--cuda": no such option; did you mean "--gpu"?',
  );
});
