import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { type Fixture, makeFixture } from "../_fixture.ts";
import {
  differenceLines,
  lockDifferences,
  lockOf,
  lockText,
  readLock,
  writeLock,
} from "./lockfile.ts";
import type { CellDeclaration } from "../cells/stage.ts";
import { permitted } from "../../tests/permitted.ts";

const assessments = async (fixture: Fixture, cells: readonly CellDeclaration[]) => [
  ...(await fixture.assess(cells)).values(),
];

permitted("lockOf() is read back as it was written, in the order of the cells", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells();
  await fixture.run(cells);
  const lock = lockOf("test", await assessments(fixture, cells));
  const path = join(fixture.root, "test.lock.yaml");
  writeLock(path, lock);
  assertEquals(readLock(path, "test"), lock);
  assertEquals(Object.keys(readLock(path, "test").cells), ["number", "parity", "report"]);
  assertEquals(lockDifferences(lock, await assessments(fixture, cells)), []);
});

permitted("lockText() shows a change as the lines that changed", async () => {
  using fixture = makeFixture();
  await fixture.run(fixture.cells());
  const before = lockText(lockOf("test", await assessments(fixture, fixture.cells()))).split("\n");
  const changed = fixture.cells({ title: "oddity" });
  await fixture.run(changed);
  const after = lockText(lockOf("test", await assessments(fixture, changed))).split("\n");
  assertEquals(before.length, after.length);
  const lines = after.filter((line, at) => line !== before[at]).map((line) => line.trim());
  const { manifest } = (await fixture.assess(changed)).get("report")!;
  assertEquals(lines, [
    `key: ${manifest!.key}`,
    `digest: ${manifest!.outputs["value.txt"].digest}`,
  ]);
});

permitted("lockOf() names stale cells", async () => {
  using fixture = makeFixture();
  const stale = await assessments(fixture, fixture.cells());
  assertThrows(
    () => lockOf("test", stale),
    Error,
    'Cannot lock profile "test": expected fresh cells, but 3 are stale (number, parity, report)',
  );
});

permitted("lockDifferences() names every cell that is not as locked, and how", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells();
  await fixture.run(cells);
  const lock = lockOf("test", await assessments(fixture, cells));
  const text = async (cells: readonly CellDeclaration[], whole = true) =>
    lockDifferences(lock, await assessments(fixture, cells), whole).map(({ cell, kind }) =>
      `${cell} ${kind}`
    );
  const changed = fixture.cells({ value: 2 });
  assertEquals(await text(changed), ["number stale", "parity stale", "report stale"]);
  await fixture.run(changed);
  assertEquals(await text(changed), [
    "number key",
    "number outputs",
    "parity key",
    "parity outputs",
    "report key",
    "report outputs",
  ]);
  const [number] = cells;
  assertEquals(await text([number, { ...number, id: "more" }]), [
    "more not locked",
    "parity not in the profile",
    "report not in the profile",
  ]);
  assertEquals(await text([number], false), []);

  const [first, ...others] = await assessments(fixture, cells);
  const measured = { ...first, manifest: { ...first.manifest!, metrics: { accuracy: 0.5 } } };
  assertEquals(differenceLines(lockDifferences(lock, [measured, ...others])), [
    "  number  accuracy is 0.5, not locked",
  ]);
  // How long a cell took is no result.
  const timed = { ...first, manifest: { ...first.manifest!, metrics: { seconds: 2 } } };
  assertEquals(lockDifferences(lock, [timed, ...others]), []);
  assertEquals(lockOf("test", [timed, ...others]), lock);
});

permitted("run() with a frozen check runs nothing when a cell is stale", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells();
  await fixture.run(cells);
  const lock = lockOf("test", await assessments(fixture, cells));
  const check = (found: Parameters<typeof lockDifferences>[1]) => {
    const [difference] = lockDifferences(lock, found);
    if (difference !== undefined) throw new Error(`${difference.cell} ${difference.text}`);
  };
  assertEquals((await fixture.run(cells, { check })).ran, []);
  const changed = fixture.cells({ value: 2 });
  const error = await assertRejects(() => fixture.run(changed, { check }), Error);
  assertStringIncludes(error.message, "number would be computed again: value is 2, was 1");
  assertEquals(await fixture.stale(changed), ["number", "parity", "report"]);
});

permitted("readLock() refuses what is not the profile's lockfile", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = join(folder, "test.lock.yaml");
    const update = 'run "deno task lock --profile test --update"';
    const cases: [content: string, text: string][] = [
      ["cells: [", "Cannot read the lockfile"],
      ["a: 1", 'expected "profile" and "cells"'],
      ["profile: demo\ncells: {}", 'expected profile "test", found "demo"'],
      ["profile: test\ncells: {a: 1}", 'expected key, outputs and metrics of cell "a"'],
      [
        "profile: test\ncells: {a: {key: 12, outputs: {}, metrics: {}}}",
        'expected a SHA-256 for the key and every output of cell "a"',
      ],
    ];
    assertThrows(() => readLock(path, "test"), Error, `there is none; ${update}`);
    for (const [content, text] of cases) {
      Deno.writeTextFileSync(path, content);
      assertThrows(() => readLock(path, "test"), Error, text);
    }
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
