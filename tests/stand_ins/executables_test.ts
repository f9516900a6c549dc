import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { codes, openStandIn, skipped } from "./mod.ts";
import { permitted } from "../permitted.ts";

/** Opens the plugin with a folder of compiled programs, doubles 3, and tells what happened. */
async function double(plugin: string, executables: string) {
  const url = new URL("../../lib", import.meta.url).href;
  const code = `
    const { openEngine } = await import("${url}/engines/mod.ts");
    const { tf } = await import("${url}/tensorflow/mod.ts");
    const notes = [], [plugin, executables] = Deno.args;
    using engine = await openEngine({
      kind: "pjrt", plugin, executables, onNote: (text) => notes.push(text),
    });
    const spec = { shape: [1], dtype: "float32" };
    using program = await engine.compile({
      name: "double", inputs: { x: spec }, build: ({ x }) => ({ y: tf.add(x, x) }),
    });
    using x = engine.put(Float32Array.of(3), spec);
    const { y } = await program.run({ x });
    console.log(JSON.stringify({ y: [...await engine.read(y)], bytes: program.bytes, notes }));
    y[Symbol.dispose]();`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", code, plugin, executables],
    cwd: new URL("../..", import.meta.url),
  }).output();
  const decoder = new TextDecoder(), text = decoder.decode(stdout);
  return text === "" ? decoder.decode(stderr) : JSON.parse(text);
}

permitted({
  name:
    "openEngine() of a GPU loads what another process compiled, and compiles for another GPU or " +
    `build of the plugin${skipped}`,
  ignore: skipped !== "",
  fn: async () => {
    await using standIn = await openStandIn();
    const folder = join(standIn.folder, "executables"), { plugin } = standIn;
    const files = () => [...Deno.readDirSync(folder)].length;
    const worked = { y: [6], bytes: 8, notes: [] };
    assertEquals(await double(plugin, folder), worked);
    assertEquals(files(), 1);
    const compile = { text: "compiled after all", code: codes.internal };
    await standIn.set({ compile });
    assertEquals(await double(plugin, folder), worked, "nothing is compiled");
    await standIn.set({ compile, device_kind: "NVIDIA H200" });
    const failed = await double(plugin, folder);
    assertEquals(
      failed.includes('Cannot compile "double": PJRT: compiled after all'),
      true,
      failed,
    );
    await standIn.set({ device_kind: "NVIDIA H200" });
    assertEquals(await double(plugin, folder), worked);
    assertEquals(files(), 2);
    await Deno.writeFile(plugin, Uint8Array.of(0), { append: true });
    assertEquals(await double(plugin, folder), worked);
    assertEquals(files(), 3, "another build of the plugin has files of its own");
  },
});
