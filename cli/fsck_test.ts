import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { ROOT } from "./common/context.ts";
import { permitted } from "../tests/permitted.ts";

async function command(name: string, store: string, ...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", `cli/${name}.ts`, "--store", store, ...args],
    cwd: ROOT,
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}

permitted("fsck exits with 1 on damage and changes nothing without --repair", async () => {
  const store = await Deno.makeTempDir({ prefix: "fsck_" });
  try {
    assertEquals(await command("fsck", store), {
      code: 0,
      stdout: "Looked at 0 objects (0 B) and 0 manifest files: nothing is wrong\n",
      stderr: "",
    });
    const name = "0".repeat(64), folder = join(store, "objects", "00");
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(join(folder, name), "something else");
    const found = await command("fsck", store, "--json");
    assertEquals(found.code, 1);
    assertEquals(JSON.parse(found.stdout.split("\n")[0]).problem, "object damaged");
    assertEquals([...Deno.readDirSync(store)].map(({ name }) => name), ["objects"]);
    assertStringIncludes(
      (await command("fsck", store, "--repair")).stdout,
      "; moved to quarantine/0000",
    );
    assertEquals((await command("fsck", store)).code, 0);
    assertEquals((await command("gc", store)).stdout, "Nothing to collect\n");
    const wrong = await command("gc", store, "--keep", "20");
    assertEquals(wrong.code, 2);
    assertStringIncludes(wrong.stderr, 'Cannot use "--keep 20": expected a size such as');
  } finally {
    await Deno.remove(store, { recursive: true });
  }
});
