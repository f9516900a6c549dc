import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "node:path";
import { filesBelow } from "../store/files.ts";
import { freezeCells, withNode } from "./_fixture.ts";
import { FROZEN_INDEX, frozenFolder, readFrozen } from "./frozen.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "freeze() makes a folder of code alone, once for the same code",
  () =>
    withNode(async (fixture) => {
      const cells = fixture.cells({ value: 5 }), notes: string[] = [];
      const freeze = (of = cells) =>
        freezeCells(fixture, of, { onNote: (text) => notes.push(text) });
      const first = await freeze();
      assertEquals(notes.length, 3);
      const names = filesBelow(first.folder).map((path) => path.slice(first.folder.length + 1));
      assertEquals(names.filter((name) => !name.startsWith("code/")), [
        ...[FROZEN_INDEX, "run.sh", "stages/number.js", "stages/parity.js", "stages/report.js"],
        "worker.js",
      ]);
      const { files } = readFrozen(first.folder, first.digest);
      assertEquals(Object.keys(files), names.filter((name) => name !== FROZEN_INDEX).sort());
      // Neither other parameters nor another order are other code, and nothing is bundled again.
      assertEquals(await freeze(fixture.cells({ value: 6 }).reverse()), first);
      assertEquals(notes.length, 3);
      const helper = Deno.readTextFileSync(join(fixture.root, "helper.ts"));
      fixture.write("helper.ts", `// a comment\n${helper}`);
      assertEquals(await freeze(), first);
      fixture.write("helper.ts", helper.replace("value % divisor", "7"));
      const second = await freeze();
      fixture.write("worker.ts", 'console.log("another worker");');
      const third = await freeze();
      const digests = new Set([first, second, third].map(({ digest }) => digest));
      assertEquals([digests.size, notes.length], [3, 9]);
      assertEquals([...Deno.readDirSync(frozenFolder(fixture.store))].length, 3);
    }),
);

permitted(
  "freeze() makes anew what is damaged, and leaves nothing that is not complete",
  () =>
    withNode(async (fixture) => {
      const cells = fixture.cells().slice(0, 1), first = await freezeCells(fixture, cells);
      const stage = join(first.folder, "stages", "number.js"), text = Deno.readTextFileSync(stage);
      Deno.writeTextFileSync(stage, "");
      assertEquals(await freezeCells(fixture, cells), first);
      assertEquals(Deno.readTextFileSync(stage), text);
      const entries = () => [...Deno.readDirSync(frozenFolder(fixture.store))].length;
      assertEquals(entries(), 2); // what was damaged may be in use
      fixture.write("number.ts", "export const [changed] = [1];");
      const edit = () => fixture.write("number.ts", "export const [changed] = [2];");
      await assertRejects(
        () => freezeCells(fixture, cells, { onNote: edit }),
        Error,
        'Cannot pack stage "number": its code (number.ts and what it imports) was edited meanwhile',
      );
      fixture.write("number.ts", "import './nothing.ts';");
      await assertRejects(() => freezeCells(fixture, cells), Error, "nothing.ts");
      assertEquals(entries(), 2);
    }),
);

permitted("freeze() is done by several at once as by one", () =>
  withNode(async (fixture) => {
    const cells = fixture.cells().slice(0, 1);
    const all = await Promise.all([1, 2, 3].map(() => freezeCells(fixture, cells)));
    assertEquals(new Set(all.map(({ digest }) => digest)).size, 1);
    assertEquals([...Deno.readDirSync(frozenFolder(fixture.store))].map(({ name }) => name), [
      all[0].digest,
    ]);
  }));

permitted("freeze() refuses cells that can run here alone", () =>
  withNode(async (fixture) => {
    const [cell] = fixture.cells();
    await assertRejects(
      () => freezeCells(fixture, [{ ...cell, permissions: { net: ["example.org"] } }]),
      Error,
      'Cannot hand over "number": it needs the network (example.org); run it here',
    );
    await assertRejects(
      () => freezeCells(fixture, [{ ...cell, files: { "external:data": { a: "/a" } } }]),
      Error,
      'Cannot hand over "number": it reads files from outside the store (external:data); run it',
    );
  }));

permitted(
  "readFrozen() refuses an index that is damaged or of other code",
  () =>
    withNode(async (fixture) => {
      const { folder, digest } = await freezeCells(fixture, fixture.cells().slice(0, 1));
      const path = join(folder, FROZEN_INDEX), text = Deno.readTextFileSync(path);
      const digests = Object.values(readFrozen(folder).files);
      Deno.writeTextFileSync(path, text.replace(digests[0], digests[1]));
      const refused = (what: string) =>
        assertThrows(
          () => readFrozen(folder, digest),
          Error,
          `Cannot use the frozen code "${folder}": ${what}`,
        );
      refused("frozen.json is damaged: its digest is not what it says");
      Deno.writeTextFileSync(path, text.slice(0, -20));
      refused("frozen.json is missing or not complete");
    }),
);
