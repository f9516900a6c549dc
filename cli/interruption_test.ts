/** What an interruption from a terminal leaves and says. @module */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import process from "node:process";
import { fsck } from "../pipeline/upkeep/fsck.ts";
import { openStore } from "../pipeline/store/store.ts";
import { ROOT } from "./common/context.ts";
import { STOPPING } from "./common/interruption.ts";
import { permitted } from "../tests/permitted.ts";

/** So many images that making them takes seconds. */
const MANY = ["--set", "data.train_images=20000"];

permitted({
  name: "Ctrl+C stops politely, says what is kept and how to go on, and leaves the store sound",
  // A process group of its own is what a terminal interrupts.
  ignore: Deno.build.os !== "linux",
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "interruption_" });
    try {
      const child = new Deno.Command("setsid", {
        args: [
          ...[Deno.execPath(), "run", "-A", "cli/stage.ts", "fetch:cifar10", "--store", folder],
          ...MANY,
        ],
        cwd: ROOT,
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      let text = "";
      for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
        text += part;
        if (!text.includes("started") || text.includes("Interrupted")) continue;
        // Twice the same instant would be a person in a hurry.
        if (!text.includes(STOPPING)) process.kill(-child.pid, "SIGINT");
      }
      const { code } = await child.status;
      assertEquals([code, await new Response(child.stderr).text()], [130, ""]);
      assertStringIncludes(text, STOPPING);
      assertMatch(
        text,
        /Interrupted after [^:]+: no cell finished; fetch:cifar10 goes on from what it saved; the same command resumes\n$/,
      );
      const store = openStore(folder), { findings } = await fsck(store);
      assertEquals(findings.map(({ kind }) => kind), ["unfinished work"]);
      assertEquals([...Deno.readDirSync(join(folder, "work"))].length, 2);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
