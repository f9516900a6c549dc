import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { requireFile, statIfThere } from "./missing.ts";
import { permitted } from "../tests/permitted.ts";

/** A folder with a file and a link that leads to itself, which no system can follow. */
async function scene() {
  const folder = await Deno.makeTempDir(), file = join(folder, "file"), loop = join(folder, "loop");
  await Deno.writeTextFile(file, "");
  await Deno.symlink(loop, loop);
  return {
    ...{ folder, file, loop },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

permitted("statIfThere() finds nothing where nothing is, and passes on other errors", async () => {
  await using scenery = await scene();
  assertEquals((await statIfThere(scenery.file))?.isFile, true);
  assertEquals(await statIfThere(join(scenery.folder, "none")), undefined);
  assertEquals(await statIfThere(join(scenery.file, "below a file")), undefined);
  await assertRejects(() => statIfThere(scenery.loop), Deno.errors.FilesystemLoop);
});

permitted("requireFile() says what is wrong with a path", async () => {
  await using scenery = await scene();
  const refuse = (why: string, cause?: unknown) => new Error(`Cannot: ${why}`, { cause });
  await requireFile(scenery.file, refuse);
  const cases = [
    [join(scenery.folder, "none"), "Cannot: there is no such file"],
    [scenery.folder, "Cannot: it is not a file"],
    [scenery.loop, "symbolic links"],
  ];
  for (const [path, text] of cases) {
    await assertRejects(() => requireFile(path, refuse), Error, text);
  }
});
