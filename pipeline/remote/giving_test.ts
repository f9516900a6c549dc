import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { makeFixture, openFixture } from "../_fixture.ts";
import { permitted } from "../../tests/permitted.ts";
import { filesBelow } from "../store/files.ts";
import type { Manifest } from "../store/manifest.ts";
import { openRemoteCache, type RemoteCache } from "./cache.ts";
import { openRemoteFolder } from "./folder.ts";
import type { Remote } from "./remote.ts";

/** What a run gave to a folder, and how a new process sees both. */
async function withGiven(
  work: (given: {
    readonly manifests: readonly Manifest[];
    readonly remote: Remote;
    readonly open: (remote?: Remote) => RemoteCache;
    /** Files in the folder. */
    readonly there: () => string[];
    readonly remove: (...paths: string[]) => void;
  }) => Promise<void>,
): Promise<void> {
  using fixture = makeFixture();
  const shared = join(fixture.root, "shared"), cells = fixture.cells({ value: 3 });
  Deno.mkdirSync(shared);
  const remote = openRemoteFolder(shared);
  const open = (to = remote) => openRemoteCache(to, openFixture(fixture.root).store, () => {});
  await fixture.run(cells, { remote: open() });
  const assessed = await fixture.assess(cells);
  await work({
    manifests: [...assessed.values()].map(({ manifest }) => manifest!),
    ...{ remote, open, there: () => filesBelow(shared) },
    remove(...paths) {
      for (const path of paths) Deno.removeSync(path);
    },
  });
}

const objectOf = ({ outputs }: Manifest) =>
  ({ kind: "object", digest: outputs["value.txt"].digest }) as const;
const nameOf = ({ key }: Manifest) => ({ kind: "manifest", key }) as const;

permitted(
  "ensureAll() gives again what others removed, though it is known to be there",
  async () => {
    await withGiven(async ({ manifests, remote, open, there, remove }) => {
      const before = there(), [first, second] = manifests;
      remove(remote.where(nameOf(first)), remote.where(objectOf(first)));
      // A manifest without its object is refused by whoever looks for it.
      remove(remote.where(objectOf(second)));
      const left = there();
      await open().pushAll(manifests);
      assertEquals(there(), left);
      await open().ensureAll(manifests);
      assertEquals(there(), before);
    });
  },
);

permitted("pushAll() gives objects that are collected while it counts on them", async () => {
  await withGiven(async ({ manifests, remote, open, there, remove }) => {
    const before = there();
    remove(...manifests.map((manifest) => remote.where(nameOf(manifest))));
    const collecting: Remote = {
      ...remote,
      async put(name, from, how) {
        // Nothing names the object yet.
        if (name.kind === "manifest") {
          const { outputs } = manifests.find(({ key }) => key === name.key)!;
          const { digest } = outputs["value.txt"];
          await remote.remove({ kind: "object", digest });
        }
        return await remote.put(name, from, how);
      },
    };
    await open(collecting).ensureAll(manifests);
    assertEquals(there(), before);
  });
});
