import { assertEquals, assertRejects } from "@std/assert";
import {
  type ExecutableKey,
  executableName,
  readExecutable,
  writeExecutable,
} from "./executable_store.ts";
import { permitted } from "../../tests/permitted.ts";

const key: ExecutableKey = {
  text: "module {}",
  options: Uint8Array.of(1, 2),
  platform: "cuda",
  device: "NVIDIA H100 80GB HBM3",
  plugin: "ab",
};
const stored = {
  program: "step",
  aheadOfTime: true,
  memory: { inputs: 8, outputs: 8, shared: 4, temporary: 2 },
  bytes: Uint8Array.of(10, 0, 10, 255),
};

Deno.test("executableName() is another for every part of the key", () => {
  const others: ExecutableKey[] = [
    { ...key, text: "module { }" },
    { ...key, options: Uint8Array.of(1, 2, 0) },
    { ...key, platform: "rocm" },
    { ...key, device: "NVIDIA H200" },
    { ...key, plugin: "ac" },
  ];
  const names = [key, { ...key }, ...others].map(executableName);
  assertEquals(names[0], names[1]);
  assertEquals(new Set(names).size, 1 + others.length);
});

permitted(
  "readExecutable() gives back what was written, and nothing where nothing is",
  async () => {
    const folder = await Deno.makeTempDir();
    assertEquals(await readExecutable(`${folder}/none`, key), undefined);
    await writeExecutable(`${folder}/new`, key, stored);
    assertEquals(await readExecutable(`${folder}/new`, key), stored);
    assertEquals(await readExecutable(`${folder}/new`, { ...key, plugin: "ac" }), undefined);
    assertEquals([...Deno.readDirSync(`${folder}/new`)].map(({ name }) => name), [
      executableName(key),
    ]);
    await Deno.remove(folder, { recursive: true });
  },
);

permitted("readExecutable() refuses a file of which a bit or the end is missing", async () => {
  const folder = await Deno.makeTempDir();
  const path = await writeExecutable(folder, key, stored);
  const whole = await Deno.readFile(path);
  for (let at = 0; at < whole.length; at++) {
    await Deno.writeFile(path, whole.with(at, whole[at] ^ 1));
    await assertRejects(() => readExecutable(folder, key), Error, `"${path}" is damaged`);
    await Deno.writeFile(path, whole.subarray(0, at));
    await assertRejects(() => readExecutable(folder, key), Error, `"${path}" is damaged`);
  }
  await Deno.remove(folder, { recursive: true });
});
