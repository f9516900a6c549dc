import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { type Fixture, makeFixture } from "../_fixture.ts";
import { filesBelow, statIfPresent } from "../store/files.ts";
import { fsck } from "./fsck.ts";
import { collect, collectable } from "./gc.ts";
import { inventory } from "./inventory.ts";
import { acquire } from "../store/lease.ts";
import { pin } from "./pins.ts";
import { besides, usage } from "./usage.ts";
import { permitted } from "../../tests/permitted.ts";

/** A store in which the first value's cells are no longer what the profile uses. */
async function withPast(fixture: Fixture) {
  await fixture.run(fixture.cells({ value: 4 }));
  const past = await fixture.assess(fixture.cells({ value: 4 }));
  await fixture.run(fixture.cells({ value: 7 }));
  return [...past.values()].map(({ manifest }) => manifest!);
}

const NOW = { grace: 0 };
const names = (items: readonly { kind: string; name: string }[]) =>
  items.filter(({ kind }) => kind === "cell").map(({ name }) => name).sort();

permitted(
  "collect() takes what no profile, lockfile or pin needs, and leaves the rest sound",
  async () => {
    using fixture = makeFixture();
    await withPast(fixture);
    const before = filesBelow(fixture.store.folder);
    const planned = collectable(inventory(fixture.store), NOW, Date.now() + 1000);
    assertEquals(names(planned), ["number", "parity", "report"]);
    assertEquals(filesBelow(fixture.store.folder), before);
    await new Promise((go) => setTimeout(go, 20));
    assertEquals(names(await collect(fixture.store, NOW)), ["number", "parity", "report"]);
    assertEquals(await fixture.stale(fixture.cells({ value: 7 })), []);
    assertEquals((await fsck(fixture.store)).findings, []);
    assertEquals([...Deno.readDirSync(join(fixture.store.folder, "trash"))], []);
    assertEquals((await fixture.run(fixture.cells({ value: 4 }))).ran.length, 3);
  },
);

permitted("collect() spares what is young, locked or pinned", async () => {
  using fixture = makeFixture();
  const past = await withPast(fixture);
  assertEquals(await collect(fixture.store, {}), []);
  assertEquals(await collect(fixture.store, { grace: 0, olderThan: 60_000 }), []);
  assertEquals(names(await collect(fixture.store, { ...NOW, keep: 1e9 })), []);
  const keys = past.map(({ key }) => key);
  assertEquals(names(await collect(fixture.store, { ...NOW, keys })), []);
  // What is pinned while it is in use stays when it no longer is.
  await fixture.run(fixture.cells({ value: 4 }));
  assertEquals(pin(fixture.store, "parity"), 1);
  await fixture.run(fixture.cells({ value: 7 }));
  await collect(fixture.store, NOW);
  const parity = past.find(({ cell }) => cell === "parity")!;
  assertEquals(fixture.store.manifest(parity.key)?.cell, "parity");
  assertEquals(await fixture.store.verify(parity.outputs["value.txt"]), undefined);
  assertThrows(() => pin(fixture.store, "nobody"), RangeError, 'Cannot pin "nobody"');
});

permitted("collect() takes the oldest first until the store is small enough", async () => {
  using fixture = makeFixture();
  await withPast(fixture);
  const items = inventory(fixture.store);
  const total = items.reduce((sum, { size }) => sum + size, 0);
  const [first] = collectable(items, NOW, Date.now() + 1000);
  const taken = collectable(items, { ...NOW, keep: total - 1 }, Date.now() + 1000);
  assertEquals(taken.map(({ paths }) => paths), [first.paths]);
});

permitted("collect() never takes what a running cell reads, from its very start", async () => {
  using fixture = makeFixture();
  const past = await withPast(fixture), [number] = past;
  const { store } = fixture, key = "f".repeat(64), work = join(store.folder, "work", key);
  const { digest } = number.outputs["value.txt"];
  const attempt = await acquire(`${work}.lease`, {}, [digest]);
  assert(attempt.kind === "held");
  await new Promise((go) => setTimeout(go, 20));
  await collect(store, NOW);
  assertEquals(await store.verify(number.outputs["value.txt"]), undefined);
  await attempt.lease.release();
  await collect(store, NOW);
  assertEquals(store.inspect(number.outputs["value.txt"]), "missing");
});

permitted(
  "collect() asks the job of a cell that an earlier version runs what it reads",
  async () => {
    using fixture = makeFixture();
    const past = await withPast(fixture), [number] = past;
    const { store } = fixture, key = "f".repeat(64), work = join(store.folder, "work", key);
    const lease = `${work}.lease`;
    Deno.writeTextFileSync(
      lease,
      JSON.stringify({ id: "x", host: Deno.hostname(), pid: Deno.pid }),
    );
    const heart = setInterval(() => Deno.utimeSync(lease, new Date(), new Date()), 20);
    await assertRejects(
      () => collect(store, NOW),
      Error,
      "a cell is just starting; run the command again",
    );
    Deno.mkdirSync(work);
    const object = store.object(number.outputs["value.txt"].digest);
    Deno.writeTextFileSync(
      join(work, "job.json"),
      JSON.stringify({ inputs: { number: { "value.txt": object } } }),
    );
    await new Promise((go) => setTimeout(go, 20));
    await collect(store, NOW);
    clearInterval(heart);
    assertEquals(await store.verify(number.outputs["value.txt"]), undefined);
    assertEquals(Deno.statSync(work).isDirectory, true);
  },
);

permitted(
  "collect() is not kept by the leases of containers that are gone, and takes them",
  async () => {
    using fixture = makeFixture();
    const past = await withPast(fixture), [number] = past, { store } = fixture;
    const leases = ["e", "f"].map((letter) => join(store.folder, "work", letter.repeat(64)));
    Deno.mkdirSync(leases[0]);
    for (const [n, place] of ["another boot", undefined].entries()) {
      const owner = { id: `${n}`, host: `container-${n}`, pid: Deno.pid, place };
      Deno.writeTextFileSync(`${leases[n]}.lease`, JSON.stringify(owner));
    }
    await new Promise((go) => setTimeout(go, 20));
    await collect(store, NOW, { expiry: 100 });
    assertEquals(store.inspect(number.outputs["value.txt"]), "missing");
    const left = [...Deno.readDirSync(join(store.folder, "work"))].map(({ name }) => name);
    assertEquals(left, [".guard"]);
  },
);

permitted("collect() during runs of the same profile loses nothing that they use", async () => {
  using fixture = makeFixture();
  const past = await withPast(fixture);
  await new Promise((go) => setTimeout(go, 2100));
  let going = true;
  const collecting = (async () => {
    while (going) {
      await collect(fixture.store, { grace: 2000 }).catch((error) =>
        assertStringIncludes(error.message, "just starting")
      );
      await new Promise((go) => setTimeout(go, 10));
    }
  })();
  for (const value of [10, 11, 12]) {
    const { failed, ran } = await fixture.run(fixture.cells({ value }));
    assertEquals([failed, ran.includes("number")], [[], true]);
  }
  going = false;
  await collecting;
  assertEquals(fixture.store.manifest(past[0].key), undefined);
  assertEquals((await fsck(fixture.store)).findings.filter(({ fault }) => fault), []);
});

permitted(
  "usage() and collect() count what was put aside, and take it once it is old",
  async () => {
    using fixture = makeFixture();
    const cells = fixture.cells({ value: 5 }), { store } = fixture;
    await fixture.run(cells);
    const { manifest } = (await fixture.assess(cells)).get("report")!;
    const object = store.object(manifest!.outputs["value.txt"].digest);
    Deno.chmodSync(object, 0o644);
    Deno.writeTextFileSync(object, "parity: 2");
    await fsck(store, { repair: true });
    const aside = filesBelow(store.quarantine);
    assertEquals(aside.length, 3);
    const size = aside.reduce((sum, path) => sum + Deno.statSync(path).size, 0);
    const row = usage(inventory(store)).stages.find(({ name }) => name === "quarantine");
    assertEquals(row, { name: "quarantine", reachable: 0, unreachable: size });
    assertEquals(await collect(store, {}), []);
    assertEquals(filesBelow(store.quarantine), aside);
    await new Promise((go) => setTimeout(go, 20));
    await collect(store, NOW);
    assertEquals(filesBelow(store.quarantine), []);
  },
);

permitted("besides() counts plugins, engines and links, and no cell's files twice", async () => {
  using fixture = makeFixture();
  const { store } = fixture, { folder } = store;
  await fixture.run(fixture.cells({ value: 5 }));
  const before = besides(store, inventory(store));
  Deno.mkdirSync(join(folder, "plugins/cpu"), { recursive: true });
  Deno.writeTextFileSync(join(folder, "plugins/cpu/plugin.so"), "x".repeat(5000));
  Deno.symlinkSync("cpu/plugin.so", join(folder, "plugins/latest"));
  const items = inventory(store), [plugins, ...rest] = besides(store, items);
  assertEquals(plugins, { name: "plugins", size: 5000 + "cpu/plugin.so".length });
  assertEquals(rest, before);
  const all = filesBelow(folder).reduce((sum, path) => sum + Deno.lstatSync(path).size, 0);
  const sum = (rows: readonly { readonly size: number }[]) =>
    rows.reduce((sum, { size }) => sum + size, 0);
  assertEquals(sum(items) + sum([plugins, ...rest]), all);
});

permitted(
  "collect() takes nothing that the store did not name, whatever folder it lies in",
  async () => {
    using fixture = makeFixture();
    await withPast(fixture);
    const { folder } = fixture.store;
    const mine = [
      ...["code/model.py", "code/settings.json", "code/lib/a.json", "objects/photo.jpg"],
      ...["objects/ab/photo.jpg", "trash/letter.txt", "trash/old/letter.txt", "quarantine/a.txt"],
      ...["work/notes.txt", "work/draft/notes.txt", "results/mine/table1.txt", "latest.txt"],
      "README.md",
    ].map((name) => join(folder, name));
    for (const path of mine) {
      Deno.mkdirSync(join(path, ".."), { recursive: true });
      Deno.writeTextFileSync(path, "mine");
    }
    await new Promise((go) => setTimeout(go, 20));
    const items = inventory(fixture.store).flatMap(({ paths }) => paths);
    assertEquals(mine.filter((path) => items.some((item) => path.endsWith(item))), []);
    assertEquals(names(await collect(fixture.store, NOW)), ["number", "parity", "report"]);
    assertEquals(mine.filter((path) => statIfPresent(path) === undefined), []);
  },
);
