/** Two profiles of one file name, as two people who share a store have them. @module */
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { openStore } from "../pipeline/store/store.ts";
import { profileIdentity } from "../pipeline/profile/identity.ts";
import { ROOT } from "./common/context.ts";
import { permitted } from "../tests/permitted.ts";

async function command(folder: string, name: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${ROOT}/cli/${name}.ts`, ...args],
    cwd: folder,
    env: { SMOOTHNESS_STORE: join(folder, "store"), INIT_CWD: folder, NO_COLOR: "1" },
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

permitted(
  "two profiles of one file name have latest cells of their own, and du and gc tell them apart",
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "profiles_" });
    try {
      const tiny = await Deno.readTextFile(join(ROOT, "benches/kill/tiny.yaml"));
      const paths = ["runs/a/config.yaml", "runs/b/config.yaml"];
      const keys = [];
      for (const [n, path] of paths.entries()) {
        await Deno.mkdir(join(folder, path, ".."), { recursive: true });
        await Deno.writeTextFile(join(folder, path), tiny);
        const images = ["--set", `data.train_images=${40 + n}`];
        const ran = await command(folder, "stage", "fetch:cifar10", "--profile", path, ...images);
        assertEquals([ran.code, ran.stderr], [0, ""], ran.stdout);
      }
      const store = openStore(join(folder, "store"));
      const ids = paths.map((path) => profileIdentity(join(folder, path)).id);
      for (const id of ids) keys.push(store.latestKey(id, "fetch:cifar10"));
      assertEquals(new Set(keys).size, 2);
      assertEquals(keys.includes(undefined), false);
      const du = await command(folder, "du"), gc = await command(folder, "gc");
      for (const [n, id] of ids.entries()) {
        assertMatch(du.stdout, new RegExp(`^${id} .*B\n  ${join(folder, paths[n])}$`, "m"));
        assertStringIncludes(gc.stdout, `1 cell by ${id} (${join(folder, paths[n])})`);
      }
      assertStringIncludes(gc.stdout, "Nothing to collect");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);
