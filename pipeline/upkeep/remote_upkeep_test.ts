import { assertEquals } from "@std/assert";
import { basename, join } from "node:path";
import { type Fixture, makeFixture, openFixture } from "../_fixture.ts";
import { openRemoteCache } from "../remote/cache.ts";
import { openRemoteFolder } from "../remote/folder.ts";
import { ledgerFolder } from "../remote/ledger.ts";

import { filesBelow } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { permitted } from "../../tests/permitted.ts";
import { collectRemote, wouldCollectRemote } from "./remote_gc.ts";
import { fsckRemote } from "./remote_fsck.ts";

const DAY = 24 * 3_600_000;

/** Runs the cells of two values, the first as if days ago, and shares them by a folder. */
async function withShared(work: (fixture: Fixture, shared: string) => Promise<void>) {
  using fixture = makeFixture();
  const shared = join(fixture.root, "shared");
  Deno.mkdirSync(shared);
  await share(fixture, 3);
  for (const path of filesBelow(shared)) age(path, 10);
  await share(fixture, 4);
  await work(fixture, shared);
}

function age(path: string, days: number): void {
  const time = new Date(Date.now() - days * DAY);
  Deno.utimeSync(path, time, time);
}

async function share(fixture: Fixture, value: number, machine = "artifacts") {
  const { run, store, cells } = openFixture(fixture.root, join(fixture.root, machine));
  const remote = openRemoteFolder(join(fixture.root, "shared"));
  return await run(cells({ value }), { remote: openRemoteCache(remote, store, () => {}) });
}

const names = (shared: string) =>
  filesBelow(shared).filter((path) => !path.includes("/work/")).map((path) =>
    path.slice(shared.length + 1)
  );

permitted("collectRemote() removes what is old and no lockfile names, objects last", async () => {
  await withShared(async (fixture, shared) => {
    const remote = openRemoteFolder(shared), { store } = fixture;
    const manifests = new Map(
      (await fixture.assess(fixture.cells({ value: 3 }))).entries()
        .map(([id, { key }]) => [id, key!]),
    );
    const young = await fixture.assess(fixture.cells({ value: 4 }));
    const keys = [manifests.get("parity")!], before = names(shared);
    const policy = { keys, olderThan: 5 * DAY };
    const found = await wouldCollectRemote(remote, store, policy);
    // "report" of both values is one cell only if its input is: parity differs.
    assertEquals(
      found.map(({ kind, name }) => `${kind} ${name.replace(/.*objects/, "objects")}`).sort(),
      [
        "cell number",
        "cell report",
        ...["number", "report"].map((id) => {
          const { digest } = store.manifest(manifests.get(id)!)!.outputs["value.txt"];
          return `object objects/${digest.slice(0, 2)}/${digest}`;
        }).sort(),
      ],
    );
    assertEquals(names(shared), before);
    assertEquals(await wouldCollectRemote(remote, store, { keys, olderThan: 30 * DAY }), []);
    // A day is the least, whatever is asked for.
    for (const path of filesBelow(shared)) age(path, 0.9);
    assertEquals(await wouldCollectRemote(remote, store, { keys: [], olderThan: 0 }), []);

    // One that was cut off left attestations of a cell that is gone.
    const left = { kind: "attestations", key: "0".repeat(64) as Key } as const;
    for (const [days, count] of [[0, 0], [10, 1]]) {
      Deno.writeTextFileSync(remote.where(left), "[]\n");
      age(remote.where(left), days);
      const items = (await wouldCollectRemote(remote, store, policy))
        .filter(({ kind }) => kind === "attestations");
      assertEquals(items.map(({ name }) => name), [remote.where(left)].slice(0, count));
      await collectRemote(remote, store, items);
    }
    assertEquals(names(shared), before);

    await collectRemote(remote, store, found);
    const after = names(shared);
    assertEquals(before.length - after.length, 4);
    assertEquals((await fsckRemote(remote, store)).findings, []);
    const known = await remote.has([...young.values()].map(({ key }) => ({
      ...{ kind: "manifest", key: key! } as const,
    })));
    assertEquals(known.size, 3);
    // What was collected is given again by whoever has it.
    await share(fixture, 3);
    assertEquals(names(shared), before);
  });
});

permitted("fsckRemote() removes nothing that was damaged on its way here alone", async () => {
  await withShared(async ({ store }, shared) => {
    const remote = openRemoteFolder(shared), seen = new Set<string>();
    const flipping: typeof remote = {
      ...remote,
      async get(name, to) {
        const version = await remote.get(name, to), path = remote.where(name);
        if (seen.has(path)) return version;
        seen.add(path);
        Deno.writeTextFileSync(to, "?");
        return version;
      },
    };
    const { findings } = await fsckRemote(flipping, store, { deep: true, repair: true });
    assertEquals([findings, seen.size > 6], [[], true]);
  });
});

permitted("collectRemote() keeps what another gives again in that moment", async () => {
  await withShared(async (fixture, shared) => {
    const remote = openRemoteFolder(shared);
    const found = await wouldCollectRemote(remote, fixture.store, { keys: [], olderThan: 5 * DAY });
    const cells = found.filter(({ kind }) => kind === "cell");
    let left = cells.length;
    const watched: typeof remote = {
      ...remote,
      async remove(name) {
        const copy = join(fixture.root, "copy");
        if (name.kind !== "manifest" || --left > 0) return await remote.remove(name);
        // The last of them comes back: objects are there, so its manifest alone is given.
        await remote.get(name, copy);
        await remote.remove(name);
        await remote.put(name, copy, "once");
        await remote.put({ ...name, kind: "attestations" }, copy, "once");
      },
    };
    const removed = await collectRemote(watched, fixture.store, found);
    assertEquals((await fsckRemote(remote, fixture.store)).findings, []);
    const stays = names(shared).filter((name) => /attestations/.test(name));
    assertEquals([stays.length, found.length - removed.length], [1, 1]);
  });
});

permitted("fsckRemote() names what is damaged, and removes it with repair", async () => {
  await withShared(async (fixture, shared) => {
    const remote = openRemoteFolder(shared), { store } = fixture;
    const check = async (options: Parameters<typeof fsckRemote>[2] = {}) =>
      (await fsckRemote(remote, store, options)).findings.map(({ kind, cells, repaired }) =>
        [kind, ...cells, ...repaired ? [repaired] : []].join(" ")
      ).sort();
    assertEquals(await check(), []);
    const assessed = await fixture.assess(fixture.cells({ value: 4 }));
    const at = (id: string) => {
      const { key, manifest } = assessed.get(id)!, { digest } = manifest!.outputs["value.txt"];
      return {
        object: remote.where({ kind: "object", digest }),
        manifest: remote.where({ kind: "manifest", key: key! }),
      };
    };
    const write = (path: string, text: string) => {
      Deno.chmodSync(path, 0o644);
      Deno.writeTextFileSync(path, text);
    };
    write(at("number").object, "5"); // of the same size: only its bytes tell
    Deno.removeSync(at("parity").object);
    write(at("report").manifest, "{}");
    Deno.mkdirSync(join(shared, "objects", "ab"), { recursive: true });
    Deno.writeTextFileSync(join(shared, "objects", "ab", "cd.tmp"), "half");
    const shallow = [
      "manifest damaged",
      "orphan",
      "output missing parity",
      "unfinished upload",
    ];
    assertEquals(await check(), shallow);
    assertEquals(
      await check({ deep: true }),
      [...shallow, "object damaged number", "stale cell number"].sort(),
    );
    assertEquals(await check({ deep: true, repair: true }), [
      "manifest damaged removed",
      "object damaged number removed",
      "orphan",
      "output missing parity removed",
      "stale cell number removed",
      "unfinished upload",
    ]);
    // The ledger starts anew, so that the next run gives again what is gone.
    assertEquals(filesBelow(ledgerFolder(store, shared)).map((path) => basename(path)), ["place"]);
    await share(fixture, 4);
    age(join(shared, "objects", "ab", "cd.tmp"), 2);
    assertEquals(await check({ deep: true, repair: true }), ["unfinished upload discarded"]);
    assertEquals(await check({ deep: true }), []);
    assertEquals((await share(fixture, 4, "other")).ran, []);
  });
});
