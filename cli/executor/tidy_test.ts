import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { makeFixture } from "../../pipeline/_fixture.ts";
import { acquire } from "../../pipeline/store/lease.ts";
import { openStore } from "../../pipeline/store/store.ts";
import type { Key } from "../../pipeline/store/key.ts";
import { permitted } from "../../tests/permitted.ts";
import { tidy } from "./tidy.ts";

permitted("tidy() leaves what is young or in use, and fails for nothing", async () => {
  using fixture = makeFixture();
  const cells = fixture.cells().slice(0, 1);
  await fixture.run(cells);
  const { key, manifest } = (await fixture.assess(cells)).get("number")!;
  // A node has no profile that names what it used last.
  Deno.removeSync(join(fixture.store.folder, "latest"), { recursive: true });
  const store = openStore(fixture.store.folder), notes: string[] = [];
  const says = (text: string) => void notes.push(text);
  await tidy(store, says);
  assertEquals([store.manifest(key!)?.key, notes], [key, []]);
  const file = manifest!.outputs["value.txt"], now = { grace: 0 };
  const other = "0".repeat(64) as Key;
  const held = await acquire(store.lease(other), {}, [file.digest]);
  await tidy(store, says, now);
  assertEquals([store.manifest(key!), store.inspect(file)], [undefined, undefined]);
  if (held.kind === "held") await held.lease.release();
  await tidy(store, says, now);
  assertEquals(store.inspect(file), "missing");
  Deno.removeSync(join(store.folder, "work"), { recursive: true });
  Deno.writeTextFileSync(join(store.folder, "work"), "in the way");
  notes.length = 0;
  await tidy(store, says, now);
  assertMatch(notes.join(), /^Cannot tidy the store ".*": /);
});
