/** Adopting beside other processes and machines. @module */
import { assert, assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Fixture, makeFixture, openFixture } from "../_fixture.ts";
import { openRemoteCache } from "../remote/cache.ts";
import { openRemoteFolder } from "../remote/folder.ts";
import { fsck } from "../upkeep/fsck.ts";
import { adopt, rowCells, writeCode } from "./_fixture.ts";
import { permitted } from "../../tests/permitted.ts";

const FIRST = "first: adopted, tried on 2 of 5 rows, bit for bit in ";

permitted("adoptCells() several at a time try a cell once", async () => {
  using fixture = makeFixture();
  writeCode(fixture);
  const cells = rowCells(fixture);
  await fixture.run(cells);
  writeCode(fixture, "factor * n");
  const runs = await Promise.all([1, 2, 3].map(() => adopt(fixture, ["first"], cells)));
  const kinds = runs.map(({ outcomes }) => outcomes.get("first")!.kind).sort();
  assertEquals(kinds, ["adopted", "fresh", "fresh"]);
  const started = runs.flatMap(({ events }) => events).filter(({ kind }) => kind === "started");
  assertEquals(started.length, 1);
  assertEquals(await fixture.stale(cells.slice(0, 1)), []);
});

permitted("adoptCells() killed in the middle publishes nothing, and the next adopts", async () => {
  using fixture = makeFixture();
  writeCode(fixture);
  const cells = rowCells(fixture), { store, root } = fixture;
  await fixture.run(cells);
  writeCode(fixture, "(await new Promise((go) => setTimeout(go, 700)), factor * n)");
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--allow-all", "--no-check"],
      fileURLToPath(new URL("_adopt_process.ts", import.meta.url)),
      root,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    if (text.includes('"progress"')) child.kill("SIGKILL");
  }
  assertEquals((await child.status).signal, "SIGKILL");
  assertEquals(await fixture.stale(cells), ["first", "second", "table"]);
  assertEquals((await fsck(store)).findings.filter(({ fault }) => fault), []);
  const { texts } = await adopt(fixture, ["first"], cells);
  assert(texts[0].startsWith(FIRST), texts[0]);
  const left = [...Deno.readDirSync(store.cache)].filter(({ isDirectory }) => isDirectory);
  assertEquals(left, []);
});

permitted(
  "adoptCells() gives what it adopts to a remote store, which others take it from",
  async () => {
    using fixture = makeFixture();
    writeCode(fixture);
    const cells = rowCells(fixture), folder = join(fixture.root, "remote");
    await fixture.run(cells);
    writeCode(fixture, "factor * n");
    Deno.mkdirSync(folder);
    const open = ({ store }: Fixture) => openRemoteCache(openRemoteFolder(folder), store, () => {});
    await adopt(fixture, ["table"], cells, { remote: open(fixture) });
    const other = openFixture(fixture.root, join(fixture.root, "other"));
    const { cached } = await other.run(cells, { remote: open(other) });
    assertEquals(cached, ["first", "second", "table"]);
    const manifest = (of: typeof other) =>
      of.assess(cells).then((all) => all.get("first")!.manifest);
    assertEquals(await manifest(other), await manifest(fixture));
    assertEquals((await manifest(other))!.adopted!.length, 1);
  },
);
