import { assert, assertEquals } from "@std/assert";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { describe, examine } from "./doctor.ts";
import { permitted } from "../tests/permitted.ts";

permitted(
  "examine() reports a plugin and a data folder that are not usable as missing",
  async () => {
    const folder = await Deno.makeTempDir();
    try {
      const plugin = join(folder, "plugin.so");
      await Deno.writeTextFile(plugin, "no library");
      await Deno.writeFile(join(folder, "test_batch.bin"), new Uint8Array(3073));
      const findings = await examine({ store: join(folder, "new"), plugin, data: folder });
      const of = (name: string) => findings.find((finding) => finding.name === name)!;
      assertEquals(of("engine pjrt").state, "missing");
      assert(of("engine pjrt").text.includes(`Cannot load the PJRT plugin "${plugin}"`));
      assertEquals(of("engine tensorflow").state, "optional");
      assertEquals(of("data").state, "missing");
      assert(of("data").text.includes("it has no training batch"), of("data").text);
      assertEquals([of("Deno").state, of("engine cpu").state], ["ok", "ok"]);
      assert(findings.every(({ state, mend }) => state === "ok" || state === "absent" || mend));
      assertEquals((await Array.fromAsync(Deno.readDir(folder))).length, 2);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

permitted("examine() counts the images of a data folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(join(folder, "test_batch.bin"), new Uint8Array(3073));
    await Deno.writeFile(join(folder, "data_batch_1.bin"), new Uint8Array(3 * 3073));
    const findings = await examine({ store: folder, data: folder });
    const { state, text } = findings.find(({ name }) => name === "data")!;
    const sha256 = (count: number) =>
      createHash("sha256").update(new Uint8Array(count * 3073)).digest("hex").slice(0, 12);
    assertEquals([state, text], [
      "ok",
      `3 training and 1 test images in ${folder} (no known set, SHA-256 ${sha256(3)}; no known ` +
      `set, SHA-256 ${sha256(1)})`,
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("describe() puts what mends a finding below it", () => {
  assertEquals(
    describe([
      { name: "Deno", state: "ok", text: "2.9.6" },
      { name: "engine pjrt", state: "missing", text: "no plugin", mend: "install pip" },
      { name: "data", state: "absent", text: `${"word ".repeat(12)}word`, mend: "a ".repeat(30) },
    ]),
    [
      "ok        Deno         2.9.6",
      "MISSING   engine pjrt  no plugin",
      "                       -> install pip",
      `absent    data         ${"word ".repeat(11).trim()}`,
      "                       word word",
      `                       -> ${"a ".repeat(27).trim()}`,
      "                          a a a ",
      "",
      "Missing: 1; see the arrows above",
    ].join("\n"),
  );
});
