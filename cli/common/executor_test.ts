/** @module */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { loadProfile } from "../../pipeline/profile/profile.ts";
import { openStore } from "../../pipeline/store/store.ts";
import { permitted } from "../../tests/permitted.ts";
import { EXECUTOR, executorPlace, SETTINGS } from "./executor.ts";
import { UsageError } from "./flags.ts";
import { readOptions } from "./options.ts";
import { REMOTE } from "./remote.ts";

permitted("executorPlace() asks for a remote where nodes share no disk", async () => {
  const folder = await Deno.makeTempDir(), settings = join(folder, "executors.yaml");
  const before = Deno.env.get("SMOOTHNESS_REMOTE");
  Deno.env.delete("SMOOTHNESS_REMOTE");
  try {
    await Deno.writeTextFile(settings, "slurm: { shared_disk: false, at_a_time: 7 }\n");
    const context = { profile: loadProfile("demo"), store: openStore(folder) };
    const place = async (...more: string[]) => {
      const words = ["--executor", "slurm", "--executors", settings, ...more];
      const options = readOptions(words, false, { values: [EXECUTOR, SETTINGS, REMOTE] });
      return (await executorPlace("slurm", options, context)).places;
    };
    await assertRejects(() => place(), UsageError, "pass --remote s3://bucket/prefix");
    assertEquals(await place("--remote", "s3://bucket/prefix"), 7);
  } finally {
    if (before !== undefined) Deno.env.set("SMOOTHNESS_REMOTE", before);
    await Deno.remove(folder, { recursive: true });
  }
});
