import { assertEquals, assertRejects } from "@std/assert";
import type { ArchiveIndex } from "../../pipeline/bundle/archive.ts";
import { openPacker } from "./packer.ts";

/** A pack that takes as long as the test wants. */
function slowPack() {
  const packs: PromiseWithResolvers<ArchiveIndex | undefined>[] = [];
  let running = 0;
  const pack = async () => {
    assertEquals(++running, 1, "two packs at a time");
    const resolvers = Promise.withResolvers<ArchiveIndex | undefined>();
    packs.push(resolvers);
    try {
      return await resolvers.promise;
    } finally {
      running--;
    }
  };
  return { packs, pack };
}

const settled = () => new Promise((go) => setTimeout(go));
const index = (digest: string) => ({ digest }) as unknown as ArchiveIndex;

Deno.test("openPacker() packs once more for all that came while it packed", async () => {
  const { packs, pack } = slowPack(), packer = openPacker(pack, () => {});
  packer.more();
  packer.more();
  packer.more();
  assertEquals(packs.length, 1);
  packs[0].resolve(index("first"));
  await settled();
  assertEquals(packs.length, 2);
  const end = packer.end();
  packs[1].resolve(index("second"));
  assertEquals(await end, index("second"));
  assertEquals(packs.length, 2);
});

Deno.test("openPacker() tells a failure and packs again at the end, which may fail for good", async () => {
  const { packs, pack } = slowPack(), told: string[] = [];
  const packer = openPacker(pack, (text) => void told.push(text));
  packer.more();
  packs[0].reject(new Error("no room"));
  await settled();
  assertEquals([told, packs.length], [["no room"], 1]);
  const end = packer.end();
  await settled();
  packs[1].reject(new Error("still no room"));
  await assertRejects(() => end, Error, "still no room");
});

Deno.test("openPacker() packs at the end what an earlier process finished", async () => {
  const { packs, pack } = slowPack(), packer = openPacker(pack, () => {});
  const end = packer.end();
  packs[0].resolve(undefined);
  assertEquals(await end, undefined);
});
