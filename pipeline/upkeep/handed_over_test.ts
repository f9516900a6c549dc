import { assertEquals } from "@std/assert";
import { basename, join } from "node:path";
import { type Fixture, makeFixture } from "../_fixture.ts";
import { frozenFolder } from "../executor/frozen.ts";
import { tasksPath } from "../executor/kept_wave.ts";
import { attemptPath, waveFolder } from "../executor/work.ts";
import type { Digest } from "../store/digest.ts";
import { writeAtomic } from "../store/files.ts";
import type { Key } from "../store/key.ts";
import { holders } from "../store/owner.ts";
import { fsck } from "./fsck.ts";
import { collectable } from "./gc.ts";
import { handedOver } from "./handed_over.ts";
import { inventory } from "./inventory.ts";
import { besides, usage } from "./usage.ts";
import { permitted } from "../../tests/permitted.ts";

const DAY_MS = 24 * 3_600_000;

const key = (letter: string) => letter.repeat(64) as Key & Digest;

/** Writes a wave with one cell, which reads another, and the code that it runs. */
function handOver({ store }: Fixture, cell: Key, input: Key, closed = false): void {
  const id = cell.slice(0, 12), folder = waveFolder(store, id);
  const tasks = [[{ key: cell, cell: { id: "cell" }, inputs: { input } }]];
  writeAtomic(tasksPath(folder), JSON.stringify({ wave: id, frozen: cell, tasks }));
  writeAtomic(join(folder, "wave.json"), JSON.stringify({ taken: [], closed }));
  writeAtomic(attemptPath(store, cell), "{}");
  writeAtomic(join(frozenFolder(store), cell, "frozen.json"), "{}");
}

permitted(
  "handedOver() needs waves until their cells are finished, or nobody asks any more",
  () => {
    using fixture = makeFixture();
    const { store } = fixture;
    handOver(fixture, key("a"), key("c"));
    handOver(fixture, key("b"), key("d"), true);
    Deno.mkdirSync(join(frozenFolder(store), `${key("a")}.01234567.tmp`));
    for (const folder of ["work/waves/mine", "frozen/mine"]) {
      Deno.mkdirSync(join(store.folder, folder));
    }
    const needed = (days: number) => {
      const { items, inputs, waiting } = handedOver(store, holders(), Date.now() + days * DAY_MS);
      const names = items.filter(({ reachable }) => reachable)
        .map(({ kind, paths: [path] }) => `${kind} ${basename(path)[0]}`);
      assertEquals(items.length, 7);
      return [names, [...inputs].map(([letter]) => letter), [...waiting].map(([letter]) => letter)];
    };
    const reports = ["report a", "report b"];
    assertEquals(needed(0), [["wave a", "frozen a", "frozen b", ...reports], ["c"], ["a"]]);
    assertEquals(needed(2), [["wave a", "frozen a", ...reports], ["c"], ["a"]]);
    assertEquals(needed(8), [[], [], []]);
  },
);

permitted("handedOver() finds the lease of a wave whose command was killed as it closed it", () => {
  using fixture = makeFixture();
  const lease = join(fixture.store.folder, "work/waves/0123456789ab.lease");
  writeAtomic(lease, "{}");
  const look = () => handedOver(fixture.store, holders(undefined, { expiry: 0 })).items;
  look(); // whoever holds it may live: a second look tells
  assertEquals(look(), [{ kind: "wave", paths: [lease], reachable: false }]);
});

permitted("inventory() keeps what a cell will read that was handed over", async () => {
  using fixture = makeFixture();
  const { store } = fixture, cells = fixture.cells({ value: 4 }).slice(0, 1);
  await fixture.run(cells);
  const { manifest } = (await fixture.assess(cells)).get("number")!;
  await fixture.run(fixture.cells({ value: 7 }).slice(0, 1));
  const gone = () =>
    collectable(inventory(store), { grace: 0 }, Date.now() + 1000).map(({ kind, name }) =>
      kind === "cell" ? name : kind
    );
  assertEquals(gone(), ["number"]);
  Deno.mkdirSync(join(store.work(key("a")), "state"), { recursive: true });
  handOver(fixture, key("a"), manifest!.key);
  assertEquals(gone(), []);
  assertEquals((await fsck(store)).findings.map(({ kind }) => kind), ["unfinished work"]);
  const items = inventory(store);
  const rows = usage(items).stages.map(({ name }) => name);
  assertEquals(["frozen", "report", "wave"].every((name) => rows.includes(name)), true);
  assertEquals(besides(store, items).map(({ name }) => name).includes("frozen"), false);
});
