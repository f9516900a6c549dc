import { assertEquals, assertMatch } from "@std/assert";
import { join } from "node:path";
import { makeFixture, openFixture } from "../_fixture.ts";
import { permitted } from "../../tests/permitted.ts";
import { openRemoteCache } from "../remote/cache.ts";
import { openRemoteFolder } from "../remote/folder.ts";
import { filesBelow } from "../store/files.ts";
import { manifestText } from "../store/manifest.ts";
import { openNodeRemote } from "./node_remote.ts";

permitted("take() writes nothing where a manifest of the remote store points", async () => {
  using fixture = makeFixture();
  const shared = join(fixture.root, "shared"), cells = fixture.cells().slice(0, 1);
  Deno.mkdirSync(shared);
  const remote = openRemoteFolder(shared);
  await fixture.run(cells, { remote: openRemoteCache(remote, fixture.store, () => {}) });
  const { manifest } = (await fixture.assess(cells)).get("number")!, { key, outputs } = manifest!;
  const { store } = openFixture(fixture.root, join(fixture.root, "node")), notes: string[] = [];
  const node = openNodeRemote(remote, store, ({ text }) => notes.push(text));
  const before = filesBelow(fixture.root);
  const path = remote.where({ kind: "manifest", key });
  for (const name of ["../../../outside", "..", "", "a/b"]) {
    const forged = { ...manifest!, outputs: { [name]: outputs["value.txt"] } };
    Deno.writeTextFileSync(path, manifestText(forged));
    const opened = openNodeRemote(remote, store, ({ text }) => notes.push(text));
    assertEquals(await opened.take("number", key), undefined, name);
    assertMatch(notes.pop()!, /is not the manifest that its name says/);
    assertEquals(filesBelow(fixture.root), before, name);
  }
  Deno.writeTextFileSync(path, manifestText(manifest!));
  assertEquals(await node.take("number", key), manifest);
});
