import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { makeFixture } from "../_fixture.ts";
import { adoptedNotes } from "../answers/adopted.ts";
import { statusDetails, statusLines, statusRows } from "../answers/status.ts";
import { statIfPresent } from "../store/files.ts";
import { collect } from "../upkeep/gc.ts";
import { fsck } from "../upkeep/fsck.ts";
import { adopt, rowCells, writeCode } from "./_fixture.ts";
import { permitted } from "../../tests/permitted.ts";

const FIRST = "first: adopted, tried on 2 of 5 rows, bit for bit in ";

permitted(
  "adoptCells() adopts a cell and what it needs where the new code agrees, and all is fresh",
  async () => {
    using fixture = makeFixture();
    writeCode(fixture);
    const cells = rowCells(fixture), { store } = fixture;
    await fixture.run(cells);
    const before = await fixture.assess(cells);
    writeCode(fixture, "factor * n", "sums: ");
    assertEquals(await fixture.stale(cells), ["first", "second", "table"]);
    const { outcomes, texts } = await adopt(fixture, ["table"], cells);
    assertEquals([...outcomes].map(([id, { kind }]) => [id, kind]), [
      ["first", "adopted"],
      ["second", "adopted"],
      ["table", "fresh"],
    ]);
    assert(texts[0].startsWith(FIRST), texts[0]);
    assertEquals(texts[2], "table: fresh, its inputs are as they were");
    assertEquals(await fixture.stale(cells), []);
    const old = before.get("first")!.manifest!;
    const { manifest } = (await fixture.assess(cells)).get("first")!;
    const { adopted, ...rest } = manifest!;
    const { adopted: _, ...was } = old;
    assertEquals({ ...rest, code: old.code, key: old.key }, was, "but for the code and the key");
    const [{ from, code, trial, tolerance }] = adopted!;
    assertEquals([from, code.before, code.now], [old.key, old.code, manifest!.code]);
    assert(code.before !== code.now);
    const { what, compared, differing, engine } = trial;
    assertEquals([what, compared, differing, engine], ["2 of 5 rows", 4, 0, "trial"]);
    assertEquals(tolerance, { absolute: 0, relative: 0 });
    assert(statIfPresent(store.code(manifest!.code)) !== undefined, "the new code is recorded");
    assertEquals([...Deno.readDirSync(store.cache)].filter(({ isDirectory }) => isDirectory), []);
    const [row] = statusRows([(await fixture.assess(cells)).get("first")!]);
    assertMatch(statusLines("test", [row])[1], / {2}adopted\b/);
    assertMatch(
      statusDetails(row).join("\n"),
      / {2}adopted {3}tried on 2 of 5 rows, bit for bit$/m,
    );
    // The manifest that was adopted from need not be there any more.
    await collect(store, { grace: 0 });
    assertEquals(store.manifest(old.key), undefined);
    assertEquals((await fsck(store)).findings, []);
    assertEquals(await fixture.stale(cells), []);
  },
);

permitted("adoptCells() keeps the chain of trials", async () => {
  using fixture = makeFixture();
  writeCode(fixture);
  const cells = rowCells(fixture);
  await fixture.run(cells);
  for (const value of ["factor * n", "factor * n + 0"]) {
    writeCode(fixture, value);
    await adopt(fixture, ["first"], cells);
  }
  const { manifest } = (await fixture.assess(cells)).get("first")!;
  const [oldest, latest] = manifest!.adopted!;
  assertEquals(latest.code.before, oldest.code.now);
  assertEquals(manifest!.provenance.engine, "whole");
  assertEquals(adoptedNotes([manifest!]), [
    "first: computed by earlier code; tried on 2 of 5 rows, bit for bit",
  ]);
});

permitted("adoptCells() names what differs first, and publishes nothing", async () => {
  using fixture = makeFixture();
  writeCode(fixture);
  const cells = rowCells(fixture), { store } = fixture;
  await fixture.run(cells);
  writeCode(fixture, "n * factor + (n === 1 ? 0.001 : 0)");
  const manifests = () => [...Deno.readDirSync(join(store.folder, "manifests"))].length;
  const before = manifests();
  const { outcomes, texts } = await adopt(fixture, ["table"], cells);
  assertEquals([...outcomes.values()].map(({ kind }) => kind), ["different", "refused", "refused"]);
  const stale = "an input is stale";
  assertEquals(texts, [
    "first: not adopted: tried on 2 of 5 rows, rows.json differs first in rows[1].value: " +
    "3.001, was 3",
    `second: not adopted: ${stale}`,
    `table: not adopted: ${stale}`,
  ]);
  assertEquals(manifests(), before);
  assertEquals(await fixture.stale(cells), ["first", "second", "table"]);
});

permitted(
  "adoptCells() takes differences within the tolerance, and records the largest",
  async () => {
    using fixture = makeFixture();
    writeCode(fixture);
    const cells = rowCells(fixture);
    await fixture.run(cells);
    writeCode(fixture, "n * factor + (n === 1 ? 0.001 : 0)");
    const tolerance = { absolute: 0, relative: 0.001 };
    const { outcomes } = await adopt(fixture, ["first"], cells, { tolerance });
    const { kind } = outcomes.get("first")!;
    assertEquals(kind, "adopted");
    const { manifest } = (await fixture.assess(cells)).get("first")!;
    const [{ trial: { differing, largest }, tolerance: recorded }] = manifest!.adopted!;
    assertEquals([differing, largest?.file, largest?.name, largest?.again], [
      1,
      "rows.json",
      "rows[].value",
      3.001,
    ]);
    assertEquals(recorded, tolerance);
    assertEquals(adoptedNotes([manifest!]), [
      "first: computed by earlier code; tried on 2 of 5 rows, 1 of 4 values within 0 + 0.001 of the " +
      "stored value",
    ]);
  },
);

permitted(
  "adoptCells() computes all of a cell without a trial, and takes it for what it is",
  async () => {
    using fixture = makeFixture();
    writeCode(fixture);
    const cells = rowCells(fixture);
    await fixture.run(cells);
    fixture.write("title.ts", 'export const title = ["sums", " "].join(":");');
    assertEquals(await fixture.stale(cells), ["table"]);
    const { outcomes, texts } = await adopt(fixture, ["table"], cells);
    assertEquals(outcomes.get("table")!.kind, "computed");
    assertMatch(texts[0], /^table: computed again in [\d.]+ m?s, every byte as before$/);
    const { manifest } = (await fixture.assess(cells)).get("table")!;
    assertEquals(manifest!.adopted, undefined);
    writeCode(fixture, undefined, "Sums: ");
    assertEquals((await adopt(fixture, ["table"], cells)).texts, [
      "table: not adopted: tried on all of it, table.txt differs first in byte 0: 83, was 115",
    ]);
  },
);

permitted("adoptCells() refuses a cell that is stale by more than its code", async () => {
  using fixture = makeFixture();
  writeCode(fixture);
  await fixture.run(rowCells(fixture));
  writeCode(fixture, "factor * n");
  const { outcomes, texts } = await adopt(fixture, ["first"], rowCells(fixture, { factor: 4 }));
  assertEquals(outcomes.get("first")!.kind, "refused");
  assertEquals(texts, ["first: not adopted: factor is 4, was 3"]);
  const [first, ...others] = rowCells(fixture);
  const never = { ...first, id: "never" };
  assertEquals((await adopt(fixture, ["never"], [never, first, ...others])).texts, [
    "never: not adopted: has not run yet",
  ]);
  const stage = { ...first.stage, outputs: ["rows.json", "more.json"] };
  assertEquals((await adopt(fixture, ["first"], [{ ...first, stage }])).texts, [
    "first: not adopted: its stage leaves more.json, rows.json now, and left rows.json",
  ]);
});

permitted("adoptCells() refuses outputs that are damaged", async () => {
  using fixture = makeFixture();
  writeCode(fixture);
  const cells = rowCells(fixture), { store } = fixture;
  await fixture.run(cells);
  const { manifest } = (await fixture.assess(cells)).get("first")!;
  const path = store.object(manifest!.outputs["rows.json"].digest);
  const text = await Deno.readTextFile(path);
  await Deno.chmod(path, 0o644);
  await Deno.writeTextFile(path, text.replace("0", "1"));
  writeCode(fixture, "factor * n");
  const { texts } = await adopt(fixture, ["first"], cells);
  assertMatch(texts[0], /^first: not adopted: rows\.json of "first" is damaged in the store at /);
});
