import { assert, assertEquals } from "@std/assert";
import { join, relative } from "node:path";
import { type Fixture, makeFixture } from "../_fixture.ts";
import { filesBelow, moveAside, statIfPresent } from "../store/files.ts";
import { fsck } from "./fsck.ts";
import { collect } from "./gc.ts";
import { keyOf } from "../store/key.ts";
import { checkManifest, manifestText, readManifest } from "../store/manifest.ts";
import { processPlace } from "../store/place.ts";
import { permitted } from "../../tests/permitted.ts";

function flipBit(path: string, bit: number): void {
  const bytes = Deno.readFileSync(path);
  bytes[bit >> 3] ^= 1 << (bit & 7);
  Deno.chmodSync(path, 0o644);
  Deno.writeFileSync(path, bytes);
}

const parts = (fixture: Fixture, ...names: string[]) =>
  names.flatMap((name) => filesBelow(join(fixture.store.folder, name)));

const faults = async (fixture: Fixture, repair = false) =>
  (await fsck(fixture.store, { repair })).findings.filter(({ fault }) => fault);

permitted("checkManifest() notices every flipped bit", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells();
  await fixture.run(cells, {
    prepare: () => Promise.resolve({ tiny: 1e-7, control: "\u001f", letter: "é" }),
  });
  const [path] = parts(fixture, "manifests"), sound = Deno.readFileSync(path);
  assertEquals(checkManifest(sound).kind, "sound");
  for (let bit = 0; bit < 8 * sound.length; bit++) {
    const bytes = sound.slice();
    bytes[bit >> 3] ^= 1 << (bit & 7);
    if (checkManifest(bytes).kind !== "damaged") throw new Error(`Bit ${bit} went unnoticed`);
  }
});

permitted("fsck() and the next run detect a flipped bit in every object and manifest", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells({ value: 5 });
  await fixture.run(cells);
  assertEquals(await faults(fixture), []);
  const owners = new Map<string, string>();
  for (const { cell, manifest } of (await fixture.assess(cells)).values()) {
    owners.set(`${manifest!.key}.json`, cell.id);
    owners.set(manifest!.outputs["value.txt"].digest, cell.id);
  }
  const files = parts(fixture, "objects", "manifests");
  assertEquals(files.length, 6);
  for (const path of files) {
    const name = path.split("/").at(-1)!,
      owner = owners.get(name)!,
      size = Deno.statSync(path).size;
    flipBit(path, Math.floor(Math.random() * 8 * size));
    const found = await faults(fixture);
    assertEquals(found.map((finding) => [finding.path, finding.cells]).slice(0, 1), [
      [relative(fixture.store.folder, path), [owner]],
    ]);
    // The last cell's object is read by nobody; the others by what follows.
    const reader = { number: "parity", parity: "report", report: "report" }[owner]!;
    if (path.includes("objects") && reader !== owner) {
      const assessed = await fixture.assess(cells);
      Deno.removeSync(join(fixture.store.folder, "manifests", `${assessed.get(reader)!.key}.json`));
    } else if (path.includes("objects")) {
      assert(
        await fixture.store.verify(
          (await fixture.assess(cells)).get(owner)!.manifest!.outputs["value.txt"],
        ) === "damaged",
      );
    }
    const { ran, events } = await fixture.run(cells);
    assertEquals([...new Set([owner, ...path.includes("objects") ? [reader] : []])], ran);
    const told = events.some((event) =>
      event.kind === "damaged" && event.cell === owner ||
      event.kind === "started" && event.cell === owner &&
        event.reasons.some(({ kind }) => kind === "manifest damaged" || kind === "output missing")
    );
    assert(told, `${path} of ${owner}`);
    assertEquals(await faults(fixture), []);
  }
  assertEquals(parts(fixture, "quarantine").length, files.length);
});

permitted("fsck() repairs by moving aside, after which just those cells are stale", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells({ value: 5 });
  await fixture.run(cells);
  const manifest = (await fixture.assess(cells)).get("report")!.manifest!;
  flipBit(fixture.store.object(manifest.outputs["value.txt"].digest), 3);
  const before = parts(fixture, "objects", "manifests", "latest").length;
  assertEquals((await faults(fixture, true)).map(({ kind }) => kind), [
    "object damaged",
    "latest damaged",
  ]);
  assertEquals(await faults(fixture), []);
  const after = parts(fixture, "objects", "manifests", "latest", "quarantine").length;
  assertEquals(after, before);
  assertEquals(await fixture.stale(cells), ["report"]);
  assertEquals((await fixture.run(cells)).ran, ["report"]);
});

permitted("fsck() names what a crash left, which is not wrong", async () => {
  using fixture = makeFixture();
  await fixture.run(fixture.cells());
  const { folder } = fixture.store, work = join(folder, "work", "a".repeat(64));
  Deno.mkdirSync(work);
  Deno.writeTextFileSync(join(work, "job.json"), '{"cell":"number"}');
  Deno.writeTextFileSync(
    `${work}.lease`,
    JSON.stringify({ id: "x", host: "h", pid: 2 ** 30, place: await processPlace() }),
  );
  const orphan = join(folder, "objects", "e3");
  Deno.mkdirSync(orphan, { recursive: true });
  Deno.writeTextFileSync(
    join(orphan, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    "",
  );
  const { findings } = await fsck(fixture.store);
  assertEquals(findings.map(({ kind }) => kind).sort(), [
    "lease without owner",
    "orphan",
    "unfinished work",
  ]);
  assertEquals(findings.some(({ fault }) => fault), false);
});

permitted("fsck() reads manifests of the first versions, and adds their digest", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells();
  await fixture.run(cells);
  for (const path of parts(fixture, "manifests")) {
    const reading = readManifest(path);
    assert(reading.kind === "sound" && keyOf(reading.manifest) === reading.manifest.key);
    Deno.writeTextFileSync(path, JSON.stringify(reading.manifest, null, 2) + "\n");
  }
  assertEquals(await fixture.stale(cells), []);
  const { findings } = await fsck(fixture.store, { repair: true });
  assertEquals(findings.map(({ kind, fault }) => [kind, fault]), [
    ["manifest without digest", false],
    ["manifest without digest", false],
    ["manifest without digest", false],
  ]);
  assertEquals((await fsck(fixture.store)).findings, []);
  const [path] = parts(fixture, "manifests"), reading = readManifest(path);
  assert(reading.kind === "sound");
  assertEquals(Deno.readTextFileSync(path), manifestText(reading.manifest));
});

/** A check that repairs, with something else going on beside it once the first object is hashed. */
async function beside(fixture: Fixture, work: () => Promise<unknown> | void) {
  let working: Promise<unknown> | void | undefined;
  const report = await fsck(fixture.store, {
    ...{ repair: true, jobs: 1 },
    onProgress: (done) => done === 1 && (working = work()),
  });
  await working;
  return report.findings;
}

permitted("fsck() judges what runs change meanwhile as it is then", async (t) => {
  const find = (fixture: Fixture, name: string) => parts(fixture, name)[0];
  await t.step("what a profile used last", async () => {
    using fixture = makeFixture();
    await fixture.run(fixture.cells({ value: 4 }));
    const { key } = (await fixture.assess(fixture.cells({ value: 4 }))).get("report")!;
    await fixture.run(fixture.cells({ value: 7 }));
    const findings = await beside(fixture, () => fixture.store.setLatest("test", "report", key!));
    assertEquals(findings, []);
    assertEquals(fixture.store.latestKey("test", "report"), key);
  });
  await t.step("an object that was missing", async () => {
    using fixture = makeFixture();
    const cells = fixture.cells();
    await fixture.run(cells);
    const { outputs } = (await fixture.assess(cells)).get("report")!.manifest!;
    const object = fixture.store.object(outputs["value.txt"].digest), away = `${fixture.root}/away`;
    Deno.renameSync(object, away);
    assertEquals(await beside(fixture, () => Deno.renameSync(away, object)), []);
    assertEquals(await fixture.stale(cells), []);
  });
  await t.step("what gc collects", async () => {
    using fixture = makeFixture();
    await fixture.run(fixture.cells({ value: 4 }));
    await fixture.run(fixture.cells({ value: 7 }));
    await new Promise((go) => setTimeout(go, 20));
    const collected: unknown[] = [];
    const findings = await beside(
      fixture,
      async () => collected.push(...await collect(fixture.store, { grace: 0 })),
    );
    assertEquals([findings, collected.length > 0], [[], true]);
  });
  await t.step("a file that changed since it was judged", async () => {
    using fixture = makeFixture();
    await fixture.run(fixture.cells());
    const path = find(fixture, "manifests"), judged = Deno.statSync(path);
    Deno.writeTextFileSync(path, Deno.readTextFileSync(path) + " ");
    assertEquals(moveAside(path, fixture.store.quarantine, judged), undefined);
    assertEquals([find(fixture, "manifests"), parts(fixture, "quarantine")], [path, []]);
  });
});

permitted("fsck() moves nothing that the store did not name", async () => {
  using fixture = makeFixture();
  await fixture.run(fixture.cells());
  const mine = [
    ...["code/settings.json", "code/lib/a.json", "latest/report.pdf", "latest/test/letter.json"],
    ...["manifests/mine.json", "manifests/a.attestations.json", "objects/photo.jpg"],
  ].map((name) => join(fixture.store.folder, name));
  for (const path of mine) {
    Deno.mkdirSync(join(path, ".."), { recursive: true });
    Deno.writeTextFileSync(path, "mine ".repeat(50));
  }
  const readme = join(fixture.store.folder, "README.md");
  Deno.writeTextFileSync(readme, "what lies here");
  const findings = await faults(fixture, true);
  assertEquals(
    findings.map(({ kind, repaired }) => [kind, repaired]),
    mine.map(() => [
      "foreign file",
      undefined,
    ]),
  );
  assertEquals([...mine, readme].filter((path) => statIfPresent(path) === undefined), []);
});
