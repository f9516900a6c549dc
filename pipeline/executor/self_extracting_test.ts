import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { freezeCells, tasksOf, withNode, worksOf } from "./_fixture.ts";
import { ScriptTooLarge } from "./fleet_options.ts";
import { selfExtracting } from "./self_extracting.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "selfExtracting() gives the same bytes for the same code, and no more than is run",
  () =>
    withNode(async (fixture) => {
      const cells = fixture.cells();
      await fixture.run(cells.slice(0, 2));
      const frozen = await freezeCells(fixture, cells);
      const script = async (...ids: string[]) =>
        await selfExtracting({
          ...{ folder: frozen.folder, deno: "deno", arguments: ["--remote", "a 'b'"] },
          tasks: tasksOf(frozen, await worksOf(fixture, cells, ids)),
        });
      const one = await script("number");
      assertEquals(await script("number"), one);
      assertEquals((await script("number", "parity", "report")).length > one.length, true);
      assertEquals(one.endsWith(`--store "$base/store" --tidy '--remote' 'a '\\''b'\\'''\n`), true);
    }),
);

permitted("selfExtracting() says what makes a script too large", () =>
  withNode(async (fixture) => {
    const cells = fixture.cells().slice(0, 1), frozen = await freezeCells(fixture, cells);
    const works = await worksOf(fixture, cells, ["number"]);
    const script = (limit: number) =>
      selfExtracting({
        ...{ folder: frozen.folder, deno: "deno", arguments: [], limit },
        tasks: tasksOf(frozen, ...Array(100).fill(works)),
      });
    const { length } = await script(1e6);
    assertEquals((await script(length)).length, length);
    const few = await assertRejects(() => script(length - 1), ScriptTooLarge);
    assertEquals(
      few.message,
      `Cannot hand over wave 0123456789ab as one script: it has ${length} bytes, ${few.code} of ` +
        `them code, expected ${length - 1} at most; hand over fewer than its 100 tasks at a time`,
    );
    await assertRejects(() => script(100), ScriptTooLarge, 'raise "max_script_size" in slurm.conf');
    const path = join(frozen.folder, "worker.js");
    Deno.writeTextFileSync(path, "");
    await assertRejects(() => script(1e6), Error, `Cannot use "${path}": its SHA-256 is e3b0c4`);
  }));
