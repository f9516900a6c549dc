import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { digestOf } from "../store/digest.ts";
import type { Key } from "../store/key.ts";
import type { Manifest } from "../store/manifest.ts";
import { openStore } from "../store/store.ts";
import { permitted } from "../../tests/permitted.ts";
import { openRemoteCache } from "./cache.ts";
import { openRemoteFolder } from "./folder.ts";
import { ledgerFolder, openLedger } from "./ledger.ts";
import { openRemote } from "./open.ts";
import type { RemoteName } from "./remote.ts";

/** Manifests of cells without outputs. */
const manyManifests = (count: number) =>
  Array.from(
    { length: count },
    (_, n) => ({ key: keyOf(`${n}`), outputs: {} }) as unknown as Manifest,
  );

const keyOf = (text: string) => digestOf(text) as string as Key;

permitted("openLedger() keeps what several processes add, whatever a crash leaves", () => {
  const folder = Deno.makeTempDirSync({ prefix: "ledger_" }), store = { folder };
  try {
    const [a, b, c] = ["a", "b", "c"].map(keyOf), place = "s3://bucket/p";
    const first = openLedger(store, place), second = openLedger(store, place);
    assertEquals([first.state(a), second.keys()], [undefined, []]);
    first.note([[a, "-"], [b, "1"]]);
    second.note([[c, "2"]]);
    second.note([[c, "3"]]);
    first.drop([b]);
    const path = join(ledgerFolder(store, place), "keys");
    Deno.writeTextFileSync(path, `${b.slice(0, 40)}`, { append: true });
    second.note([[b, "4"]]);
    const read = openLedger(store, place);
    assertEquals([a, b, c].map(read.state), ["-", "4", "3"]);
    assertEquals(openLedger(store, "s3://bucket/q").keys(), []);
    // It does not grow for ever.
    const long = openLedger(store, place);
    for (let state = 0; state < 500; state++) long.note([[a, `${state}`]]);
    assertEquals(openLedger(store, place).state(a), "499");
    assertEquals(Deno.readTextFileSync(path).split("\n").filter(Boolean).length, 3);
    read.clear();
    assertEquals(openLedger(store, place).keys(), []);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

permitted("pushAll() of 10,000 cells that are known to be there asks nothing", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "ledger_" }), store = openStore(folder);
  try {
    // Nobody listens there: a single question would be answered by a note.
    const remote = openRemote("s3://bucket/p?endpoint=http://127.0.0.1:9", { folder });
    const manifests = manyManifests(10_000);
    openLedger(store, remote.place).note(manifests.map(({ key }) => [key, "-"]));
    const notes: string[] = [];
    const cache = openRemoteCache(remote, store, ({ text }) => notes.push(text));
    await cache.pushAll(manifests);
    assertEquals(notes, []);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

permitted("pushAll() of many cells begins nothing after the first failure", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "ledger_" }), store = openStore(folder);
  try {
    let puts = 0;
    const refused = () => {
      puts++;
      return Promise.reject(new Error("no room"));
    };
    const remote = {
      ...openRemoteFolder(folder),
      has: () => Promise.resolve(new Set<RemoteName>()),
      put: refused,
    };
    const notes: string[] = [];
    const cache = openRemoteCache(remote, store, ({ text }) => notes.push(text));
    await cache.pushAll(manyManifests(1_000));
    assertEquals([notes.length, puts <= 16], [1, true], `${puts} attempts`);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

permitted("pushAll() notices that a remote was collected, though most of it is there", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "ledger_" }), store = openStore(folder);
  try {
    const manifests = manyManifests(1_000), added = keyOf("new");
    const gone = new Set(manifests.slice(0, 10).map(({ key }) => key));
    const there = (name: RemoteName) => "key" in name && name.key !== added && !gone.has(name.key);
    const remote = {
      ...openRemoteFolder(folder),
      has: (names: readonly RemoteName[]) => Promise.resolve(new Set(names.filter(there))),
      put: () => Promise.resolve("written" as const),
    };
    const ledger = () => openLedger(store, remote.place);
    ledger().note(manifests.map(({ key }) => [key, "-"]));
    const cache = openRemoteCache(remote, store, () => {});
    await cache.pushAll([{ ...manifests[0], key: added }]);
    // What goes first is what was given first.
    assertEquals(ledger().keys(), [added]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
