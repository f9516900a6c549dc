import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "node:path";
import { type Fixture, makeFixture, openFixture } from "../_fixture.ts";
import { openStatCache } from "../code/stat_cache.ts";
import { fsck } from "../upkeep/fsck.ts";
import { keyOf } from "./key.ts";
import { openRemoteFolder } from "../remote/folder.ts";
import { openRemoteCache } from "../remote/cache.ts";
import { openStore } from "./store.ts";
import { storeError } from "./error.ts";
import { PERMITTED, permitted } from "../../tests/permitted.ts";

/** Whether this process may mount; where it may not, what needs a mount is left out. */
const MAY_MOUNT = PERMITTED && Deno.build.os === "linux" && (() => {
  const folder = Deno.makeTempDirSync({ prefix: "mount_" });
  try {
    const { success } = sh(`mount -t tmpfs none ${folder} && umount ${folder}`);
    return success;
  } catch {
    return false;
  } finally {
    Deno.removeSync(folder);
  }
})();

function sh(command: string) {
  return new Deno.Command("sh", { args: ["-c", command], stderr: "null" }).outputSync();
}

/** A fixture whose store is a file system of its own. */
function withMount(options: string): Fixture {
  const fixture = makeFixture(), { folder } = fixture.store;
  Deno.mkdirSync(folder);
  assert(sh(`mount -t tmpfs -o ${options} none ${folder}`).success);
  return {
    ...fixture,
    [Symbol.dispose]() {
      sh(`umount -l ${folder}`);
      fixture[Symbol.dispose]();
    },
  };
}

const faults = async ({ store }: Fixture) =>
  (await fsck(store)).findings.filter(({ fault }) => fault);

permitted({
  name: "run() on a full disk says so and leaves the store sound",
  ignore: !MAY_MOUNT,
  async fn() {
    using fixture = withMount("size=256k");
    const cells = fixture.cells({ value: 5 });
    await fixture.run(cells.slice(0, 1));
    const filler = join(fixture.store.folder, "filler");
    sh(`head -c 1M /dev/zero > ${filler}`);
    const { failed, text } = await outcome(fixture, cells);
    assert(failed);
    assertStringIncludes(text, "No space left on device");
    assertEquals(await faults(fixture), []);
    Deno.removeSync(filler);
    assertEquals((await fixture.run(cells)).failed, []);
    assertEquals(await faults(fixture), []);
  },
});

/** Bytes that are left free, so that each kind of file in turn finds no room. */
const LEFT = [0, 4, 8, 12, 16, 20, 24, 28, 32, 40, 48, 64, 96];

/** A stage that keeps a checkpoint of 16 kB before it writes its output of as much. */
const LARGE = `const job = JSON.parse(Deno.readTextFileSync(Deno.args[0]));
const bytes = new Uint8Array(16384);
Deno.writeFileSync(job.work + "/checkpoint", bytes);
Deno.writeFileSync(job.output + "/value.txt", bytes);
console.log(JSON.stringify({ kind: "result", metrics: {}, provenance: {} }));`;

/** Fills the disk of a store but for some KiB; returns the file that does. */
function fill({ store }: Fixture, left: number): string {
  const filler = join(store.folder, "filler");
  sh(`head -c 1M /dev/zero > ${filler}`);
  Deno.truncateSync(filler, Deno.statSync(filler).size - 1024 * left);
  return filler;
}

permitted({
  name: "run() says in one line that the disk is full, whatever it was writing",
  ignore: !MAY_MOUNT,
  async fn() {
    let full = 0, whole = 0;
    for (const left of LEFT) {
      using fixture = withMount("size=512k");
      fixture.write("number.ts", LARGE);
      const cells = fixture.cells().slice(0, 1), filler = fill(fixture, left);
      const texts: string[] = [];
      try {
        for (const event of (await fixture.run(cells)).events) {
          if (event.kind === "failed") texts.push([event.text, ...event.tail].join("\n"));
        }
      } catch (error) {
        texts.push((error as Error).message);
      }
      for (const text of texts) {
        assertMatch(text, /^Cannot .*: the disk is full.*; free some space \("deno task gc".*\)$/);
      }
      if (texts.length > 0) full++;
      else whole++;
      assertEquals(await faults(fixture), []);
      Deno.removeSync(filler);
      assertEquals((await fixture.run(cells)).failed, []);
    }
    assert(full > 3 && whole > 0, `${full} ${whole}`);
  },
});

permitted({
  name: "run() does not take a full disk of its own for a failure of the remote",
  ignore: !MAY_MOUNT,
  async fn() {
    using other = makeFixture();
    other.write("number.ts", LARGE);
    await other.run(other.cells().slice(0, 1));
    for (const left of LEFT) {
      using fixture = withMount("size=512k");
      fixture.write("number.ts", LARGE);
      const cells = fixture.cells().slice(0, 1);
      fill(fixture, left);
      const notes: string[] = [];
      const remote = openRemoteCache(
        openRemoteFolder(other.store.folder),
        fixture.store,
        (event) => event.kind === "note" && notes.push(event.text),
      );
      const text = await fixture.run(cells, { remote }).then(
        () => undefined,
        (error) => error.message,
      );
      if (text !== undefined) assertMatch(text, /^Cannot use the store .*: the disk is full/);
      assertEquals(notes.filter((note) => note.includes("Cannot")), []);
    }
  },
});

permitted({
  name: "run() in a read-only store reuses what is there and refuses the rest",
  ignore: !MAY_MOUNT,
  async fn() {
    using fixture = withMount("size=4m");
    const cells = fixture.cells({ value: 5 });
    await fixture.run(cells);
    await new Promise((go) => setTimeout(go, 2100));
    await fixture.run(cells);
    assert(sh(`mount -o remount,ro ${fixture.store.folder}`).success);
    assertEquals((await fixture.run(cells)).cached.length, 3);
    const error = await assertRejects(() => fixture.run(fixture.cells({ value: 6 })), Error);
    assertStringIncludes(error.message, `Cannot use the store "${fixture.store.folder}": it is on`);
    assertStringIncludes(error.message, "read-only; pass another with --store DIR");
    assertEquals(await faults(fixture), []);
  },
});

permitted({
  name: "run() works where the store is on another file system, or a link to one",
  ignore: !MAY_MOUNT,
  async fn() {
    using fixture = withMount("size=4m");
    assertEquals((await fixture.run(fixture.cells())).failed, []);
    assert(Deno.statSync(fixture.store.folder).dev !== Deno.statSync(fixture.root).dev);
    assertEquals(await faults(fixture), []);
    using other = makeFixture();
    Deno.symlinkSync(fixture.store.folder, other.store.folder);
    assertEquals((await other.run(other.cells({ value: 5 }))).failed, []);
    assertEquals((await other.run(other.cells({ value: 5 }))).ran, []);
    assertEquals(await faults(other), []);
  },
});

permitted("openStore() refuses folders into which stages cannot be let", () => {
  if (Deno.build.os === "windows") return;
  const folder = Deno.makeTempDirSync({ prefix: "link_" });
  try {
    Deno.symlinkSync("/dev", join(folder, "link"));
    for (const path of ["/dev/shm", "/dev/shm/a/b", "/proc/x", join(folder, "link", "a")]) {
      assertThrows(
        () => openStore(path),
        Error,
        `Cannot use the store "${path}": stages cannot be let into /dev, /proc or /sys`,
      );
    }
    assertEquals(openStore(join(folder, "dev")).folder, join(folder, "dev"));
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

permitted("storeError() says what is wrong and how to mend it", () => {
  const of = (
    code: string,
  ) => (storeError(Object.assign(new Error("os"), { code }), "/s") as Error);
  for (
    const [code, words] of [
      ["ENOSPC", "the disk is full"],
      ["EROFS", "read-only; pass another with --store DIR"],
      ["EACCES", "may not write there"],
      ["EXDEV", "different file systems"],
    ]
  ) {
    assertStringIncludes(of(code).message, `Cannot use the store "/s": `);
    assertStringIncludes(of(code).message, words);
  }
  const denied = storeError(new Deno.errors.PermissionDenied("no"), "/s") as Error;
  assertStringIncludes(denied.message, "mend the permissions");
  const other = new RangeError("else");
  assertEquals(storeError(other, "/s"), other);
});

/** Makes a folder one that this user may not write to, and back; root needs more than modes. */
const deny = (path: string) =>
  Deno.uid() === 0 ? sh(`chattr +i ${path}`).success : sh(`chmod 555 ${path}`).success;
const allow = (path: string) => sh(Deno.uid() === 0 ? `chattr -i ${path}` : `chmod 755 ${path}`);

const MAY_DENY = PERMITTED && Deno.build.os !== "windows" && (() => {
  const folder = Deno.makeTempDirSync({ prefix: "deny_" });
  try {
    return deny(folder);
  } finally {
    allow(folder);
    Deno.removeSync(folder);
  }
})();

permitted({
  name: "run() without permission on a folder of the store says so and leaves it sound",
  ignore: !MAY_DENY,
  async fn() {
    using fixture = makeFixture();
    await fixture.run(fixture.cells({ value: 5 }));
    const manifests = join(fixture.store.folder, "manifests");
    assert(deny(manifests));
    let error: Error;
    try {
      error = await assertRejects(() => fixture.run(fixture.cells({ value: 6 })), Error);
    } finally {
      allow(manifests);
    }
    assertStringIncludes(error.message, "this user may not write there");
    assertEquals(await faults(fixture), []);
    assertEquals((await fixture.run(fixture.cells({ value: 6 }))).failed, []);
  },
});

permitted(
  "run() while the clock runs backwards tells how long cells took, and reuses them",
  async () => {
    using fixture = makeFixture();
    const RealDate = Date, cells = fixture.cells({ value: 5 }), begin = RealDate.now();
    const backwards = () => 2 * begin - RealDate.now();
    globalThis.Date = class extends RealDate {
      constructor(...args: unknown[]) {
        // @ts-ignore a date without arguments is that of the clock
        super(...(args.length > 0 ? args : [backwards()]));
      }
      static override now = backwards;
    } as DateConstructor;
    try {
      assertEquals((await fixture.run(cells)).ran.length, 3);
      assertEquals((await fixture.run(cells)).ran, []);
    } finally {
      globalThis.Date = RealDate;
    }
    for (const { manifest } of (await fixture.assess(cells)).values()) {
      const { started, finished, seconds } = manifest!.provenance;
      assert(
        finished < started && seconds > 0 && seconds < 60,
        `${started} ${finished} ${seconds}`,
      );
    }
    assertEquals(await faults(fixture), []);
  },
);

permitted("store.publish() that fails halfway leaves no manifest", async () => {
  using fixture = makeFixture();
  const { store } = fixture, from = join(fixture.root, "outputs");
  const ingredients = { stage: "s", code: "0".repeat(64), parameters: {}, inputs: {}, seed: "0" };
  const key = keyOf(ingredients as Parameters<typeof keyOf>[0]);
  Deno.mkdirSync(from);
  Deno.writeTextFileSync(join(from, "one"), "1");
  await assertRejects(() =>
    store.publish(
      {
        ...ingredients as Parameters<typeof keyOf>[0],
        key,
        cell: "c",
        metrics: {},
        provenance: { started: "", finished: "", seconds: 0 },
      },
      from,
      ["one", "two"],
    ), Deno.errors.NotFound);
  assertEquals(store.manifest(key), undefined);
  assertEquals((await fsck(store)).findings.map(({ kind }) => kind), ["orphan"]);
});

permitted("run() keeps apart cells whose names hold odd characters", async () => {
  using fixture = makeFixture();
  const ids = ["../../out", "a/b", "a.b", "a:b", "ä ö%2f\n", "-x", 'q"uote', "con*?"];
  const cells = ids.map((id, value) => ({
    id,
    stage: fixture.stage("number"),
    parameters: { value },
    inputs: [],
  }));
  const { ran, failed } = await fixture.run(cells);
  assertEquals([ran.length, failed], [ids.length, []]);
  const again = openFixture(fixture.root);
  for (const [value, id] of ids.entries()) {
    assertEquals(await again.read(cells, id), String(value));
    assertEquals(again.store.latest("test", id)?.cell, id);
  }
  assertEquals([...Deno.readDirSync(join(fixture.store.folder, "latest", "test"))].length, 8);
  assertEquals(await faults(fixture), []);
});

permitted("openStatCache() notices changes whatever the clock says", async () => {
  using fixture = makeFixture();
  const file = join(fixture.root, "input.bin"), cache = join(fixture.root, "cache.json");
  const future = new Date(Date.now() + 86_400_000), past = new Date(Date.now() - 86_400_000);
  const seen = new Set<string>();
  for (const [text, time] of [["one", past], ["two", future], ["six", past]] as const) {
    Deno.writeTextFileSync(file, text);
    // Same size and, the first and the last time, the same time of modification.
    Deno.utimeSync(file, time, time);
    const stats = openStatCache(cache);
    seen.add(await stats.digest(file));
    stats.save();
  }
  assertEquals(seen.size, 3);
});

/** How a run ends, by its summary or by an error. */
async function outcome(fixture: Fixture, cells: ReturnType<Fixture["cells"]>) {
  try {
    const { failed, events } = await fixture.run(cells);
    return { failed: failed.length > 0, text: JSON.stringify(events) };
  } catch (error) {
    return { failed: true, text: (error as Error).message };
  }
}
