import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { processAlive } from "../store/owner.ts";
import { runStageProcess, type StageProcess } from "./stage_process.ts";
import { permitted } from "../../tests/permitted.ts";

/** Runs a program that reports and then stands still; resolves when it has ended. */
async function runHanging(callbacks: Partial<StageProcess>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "stage_process_" });
  const entry = join(root, "main.ts");
  await Deno.writeTextFile(
    entry,
    `console.log(JSON.stringify({ kind: "progress", done: 0, total: 1 }));
setTimeout(() => {}, 600_000);`,
  );
  try {
    await runStageProcess({
      args: ["run", "--quiet", "--no-config", entry],
      root,
      environment: {},
      signal: new AbortController().signal,
      onStart: () => {},
      onMessage: () => {},
      ...callbacks,
    });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

permitted(
  "runStageProcess() ends the process before it passes on what a listener throws",
  async () => {
    let pid = 0;
    await assertRejects(
      () =>
        runHanging({
          onStart: (started) => pid = started,
          onMessage: () => {
            throw new Deno.errors.BrokenPipe("nobody reads");
          },
        }),
      Deno.errors.BrokenPipe,
    );
    assertEquals([pid > 0, processAlive(pid)], [true, false]);
  },
);

permitted("runStageProcess() ends the process that cannot be noted", async () => {
  let pid = 0;
  await assertRejects(
    () =>
      runHanging({
        onStart: (started) => {
          pid = started;
          throw new Error("No space left on device");
        },
      }),
    Error,
    "No space left",
  );
  assertEquals([pid > 0, processAlive(pid)], [true, false]);
});
