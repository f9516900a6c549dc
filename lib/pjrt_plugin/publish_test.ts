import { assertEquals, assertNotEquals } from "@std/assert";
import { join } from "node:path";
import { publishFolder, sha256Of } from "./publish.ts";
import { permitted } from "../../tests/permitted.ts";

permitted(
  "publishFolder() moves a folder with files of others aside, and removes only its own",
  async () => {
    const root = await Deno.makeTempDir({ prefix: "publish_" });
    const home = join(root, "home"), ready = join(root, "ready");
    const names = () => [...Deno.readDirSync(root)].map(({ name }) => name).sort();
    const make = async (folder: string, ...files: string[]) => {
      for (const file of files) {
        await Deno.mkdir(join(folder, file, ".."), { recursive: true });
        await Deno.writeTextFile(join(folder, file), folder);
      }
    };
    const never = () => Promise.resolve(false);
    try {
      await make(home, "plugin.so", "lib/a");
      await make(ready, "plugin.so", "lib/a", "lib/b");
      await publishFolder(ready, home, never);
      assertEquals(names(), ["home"]);
      assertEquals(await Deno.readTextFile(join(home, "plugin.so")), ready);
      await make(home, "lib/mine.so");
      await make(ready, "plugin.so", "lib/a", "lib/b");
      await publishFolder(ready, home, never);
      const [kept, aside] = names();
      assertEquals([kept, aside.replace(/[\da-f]{8}/, "X")], ["home", "home.X.aside"]);
      assertEquals(await Deno.readTextFile(join(root, aside, "lib/mine.so")), home);
    } finally {
      await Deno.remove(root, { recursive: true });
    }
  },
);

permitted("sha256Of() is the SHA-256 of a file of more than a block", async () => {
  const path = await Deno.makeTempFile(), bytes = new Uint8Array(3e6).fill(7);
  await Deno.writeFile(path, bytes);
  const expected = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  assertEquals(await sha256Of(path), expected);
  await Deno.writeFile(path, bytes.subarray(1));
  assertNotEquals(await sha256Of(path), expected);
  await Deno.remove(path);
});
