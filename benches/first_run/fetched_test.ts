import { assertEquals } from "@std/assert";
import { dirname, join } from "node:path";
import { permitted } from "../../tests/permitted.ts";
import { fetched } from "./fetched.ts";

permitted("fetched() counts packages and what was fetched, not what Deno made of it", async () => {
  const folder = await Deno.makeTempDir();
  const write = async (path: string, bytes: number) => {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeFile(join(folder, path), new Uint8Array(bytes));
  };
  try {
    assertEquals(fetched(folder), { count: 0, bytes: 0 });
    await write("npm/registry.example/yaml/2.0.0/package.json", 10);
    await write("npm/registry.example/yaml/2.0.0/dist/package.json", 20);
    await write("npm/registry.example/yaml/registry.json", 40);
    await write("npm/registry.example/@scope/name/1.0.0-rc/package.json", 100);
    await write("remote/https/example/1234", 1000);
    await write("gen/file/a.js", 50_000);
    assertEquals(fetched(folder), { count: 2, bytes: 1170 });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
