import { sha256Of } from "../pjrt_plugin/publish.ts";
import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { findPlugin } from "../../tests/engines.ts";
import { PjrtClient } from "../pjrt/client.ts";
import {
  executableName,
  readExecutable,
  type StoredExecutable,
  writeExecutable,
} from "../pjrt/executable_store.ts";
import { toStableHlo } from "../stablehlo/print.ts";
import { tf } from "../tensorflow/mod.ts";
import { compilerOf } from "./_compiler.ts";
import type { Program } from "./mod.ts";
import { graphFor, openPjrt } from "./pjrt.ts";
import { permitted } from "../../tests/permitted.ts";

const plugin = await findPlugin();
const create = { cpu_device_count: 1n };
const compiler = { xla_cpu_experimental_onednn_custom_call: false };

const program: Program = {
  name: "convolve",
  inputs: {
    x: { shape: [2, 8, 8, 3], dtype: "float32" },
    filter: { shape: [3, 3, 3, 4], dtype: "float32" },
  },
  donate: {},
  build: ({ x, filter }) => ({ y: tf.conv2d(x as never, filter as never, 1, "same") }),
};
const graph = graphFor(program, "cpu");

/** A client that counts what it compiles, and what its compiler notes. */
function open(executables: string, { options = compiler, asAsked = true } = {}) {
  const client = new PjrtClient(plugin!, { create, compiler: options }), notes: string[] = [];
  const count = { compiled: 0 };
  const compile = async (_: string, text: string) => {
    count.compiled++;
    return { address: await client.compile(text), asAsked };
  };
  const onNote = (text: string) => notes.push(text);
  const get = compilerOf(client, plugin!, compile, { executables, onNote });
  return { client, count, notes, get, [Symbol.dispose]: () => client[Symbol.dispose]() };
}

/** Convolves ones, and destroys all that it made. */
async function convolve(client: PjrtClient, address: bigint) {
  const { x, filter } = program.inputs;
  const inputs = [x, filter].map((spec) =>
    client.put(new Float32Array(spec.shape.reduce((a, b) => a * b)).fill(1), spec)
  );
  const { made, done } = await client.submit(address, inputs, 1);
  await done;
  const y = await client.read(made[0], { shape: [2, 8, 8, 4], dtype: "float32" });
  for (const buffer of [...inputs, ...made]) client.destroyBuffer(buffer);
  client.destroyExecutable(address);
  return [...y];
}

const test = (name: string, fn: (folder: string) => Promise<void>) =>
  permitted({
    name: `compilerOf() ${name}${plugin ? "" : " (skipped: no PJRT plugin)"}`,
    ignore: !plugin,
    fn: async () => {
      const folder = await Deno.makeTempDir();
      await fn(folder);
      await Deno.remove(folder, { recursive: true });
    },
  });

const keyOf = async (client: PjrtClient) => ({
  text: toStableHlo(graph),
  options: client.options,
  platform: client.platform,
  device: client.versions.device,
  plugin: await sha256Of(plugin!),
});

test("keeps what it compiled, and another client loads it and computes the same", async (folder) => {
  using first = open(folder);
  const compiled = await first.get(graph);
  const { inputs, outputs, shared } = compiled.memory!;
  assertEquals([inputs, outputs, shared], [4 * (2 * 64 * 3 + 9 * 12), 4 * 2 * 64 * 4, 0]);
  const expected = await convolve(first.client, compiled.address);
  assertEquals(expected[9 * 4], 27, "a window within the image");
  using second = open(folder);
  const loaded = await second.get(graph);
  assertEquals(loaded.memory, compiled.memory);
  assertEquals(await convolve(second.client, loaded.address), expected);
  assertEquals([first.count, second.count], [{ compiled: 1 }, { compiled: 0 }]);
  assertEquals([first.notes, second.notes], [[], []]);
  assertEquals([first.client.live, second.client.live], [0, 0]);
});

test("compiles once what two clients of a process want at once", async (folder) => {
  using first = open(folder);
  using second = open(folder);
  const [one, other] = await Promise.all([first.get(graph), second.get(graph)]);
  assertEquals(
    await convolve(first.client, one.address),
    await convolve(second.client, other.address),
  );
  assertEquals([first.count, second.count], [{ compiled: 1 }, { compiled: 0 }]);
});

test("of an engine on a CPU keeps programs apart by the cores they are divided among", async (folder) => {
  const files = () => [...Deno.readDirSync(folder)].length;
  for (const [cores, expected] of [[undefined, 1], [undefined, 1], [[0], 2]] as const) {
    using engine = openPjrt(plugin!, { executables: folder, cores });
    (await engine.compile(program))[Symbol.dispose]();
    assertEquals([files(), engine.live()], [expected, 0]);
    assertEquals(engine.description.versions.onednn, "off");
  }
  using engine = openPjrt(plugin!);
  assertEquals(engine.description.versions.onednn, undefined);
});

test("compiles where the file is damaged or refused, says so once, and mends it", async (folder) => {
  using first = open(folder);
  first.client.destroyExecutable((await first.get(graph)).address);
  const key = await keyOf(first.client), path = `${folder}/${executableName(key)}`;
  const whole = await Deno.readFile(path), stored = (await readExecutable(folder, key))!;
  const cases: [string, () => Promise<unknown>][] = [
    [`"${path}" is damaged`, () => Deno.writeFile(path, whole.subarray(0, 1000))],
    ["PJRT: ", () => writeExecutable(folder, key, { ...stored, bytes: Uint8Array.of(1, 2, 3) })],
  ];
  for (const [why, spoil] of cases) {
    await spoil();
    using opened = open(folder);
    await convolve(opened.client, (await opened.get(graph)).address);
    await spoil();
    await convolve(opened.client, (await opened.get(graph)).address);
    assertEquals(opened.count, { compiled: 2 });
    assertEquals(opened.notes.length, 1, opened.notes.join());
    const expected = `Compiling "convolve", as it cannot be loaded: ${why}`;
    assert(opened.notes[0].startsWith(expected), opened.notes[0]);
    assertEquals(opened.client.live, 0);
    using after = open(folder);
    after.client.destroyExecutable((await after.get(graph)).address);
    assertEquals([after.count, after.notes], [{ compiled: 0 }, []]);
  }
});

test("tries out what was compiled without the device before it relies on it", async (folder) => {
  using first = open(folder);
  first.client.destroyExecutable((await first.get(graph)).address);
  const key = await keyOf(first.client), stored = (await readExecutable(folder, key))!;
  const write = (content: StoredExecutable) => writeExecutable(folder, key, content);
  await write({ ...stored, aheadOfTime: true });
  using good = open(folder);
  const { address } = await good.get(graph);
  assertEquals([good.count.compiled, good.notes, good.client.live], [0, [], 1]);
  assertEquals((await convolve(good.client, address))[9 * 4], 27);
  const other = graphFor(
    { ...program, inputs: { x: program.inputs.x }, build: ({ x }) => ({ x }) },
    "cpu",
  );
  const bytes = await first.client.serialize((await first.get(other)).address);
  await write({ ...stored, aheadOfTime: true, bytes });
  using bad = open(folder);
  assertEquals((await convolve(bad.client, (await bad.get(graph)).address))[9 * 4], 27);
  assertEquals([bad.count.compiled, bad.notes.length, bad.client.live], [1, 1, 0]);
});

test("computes as ever where the folder cannot be written, and says so once", async (folder) => {
  const path = `${folder}/file`;
  await Deno.writeTextFile(path, "");
  using opened = open(path);
  for (let i = 0; i < 2; i++) await convolve(opened.client, (await opened.get(graph)).address);
  assertEquals([opened.count.compiled, opened.notes.length], [2, 1]);
  assert(opened.notes[0].startsWith("Compiled programs are not kept: "), opened.notes[0]);
});

test("keeps nothing that was compiled with other options than its own", async (folder) => {
  using opened = open(folder, { asAsked: false });
  await convolve(opened.client, (await opened.get(graph)).address);
  assertEquals([...Deno.readDirSync(folder)], []);
});

test("keeps nothing that calls oneDNN", async (folder) => {
  using opened = open(folder, { options: { xla_cpu_experimental_onednn_custom_call: true } });
  assertEquals(opened.client.serializes, false);
  await convolve(opened.client, (await opened.get(graph)).address);
  assertEquals([...Deno.readDirSync(folder)], []);
});

permitted({
  name: "serialize() of a program that calls oneDNN ends the process, which is why none is kept" +
    (plugin ? "" : " (skipped: no PJRT plugin)"),
  ignore: !plugin,
  fn: async () => {
    const at = (path: string) => JSON.stringify(new URL(path, import.meta.url).href);
    const code = `
      import { PjrtClient } from ${at("../pjrt/client.ts")};
      import { serialize } from ${at("../pjrt/executable.ts")};
      import { Struct } from ${at("../pjrt/struct.ts")};
      const client = new PjrtClient(${JSON.stringify(plugin)});
      const loaded = await client.compile(${JSON.stringify(toStableHlo(graph))});
      const args = new Struct(32, { 16: loaded });
      const program = client.api.call("loadedExecutableGetExecutable", args).get(24);
      console.log("compiled");
      console.log((await serialize(client.api, program)).length);`;
    const file = await Deno.makeTempFile({ suffix: ".ts" });
    await Deno.writeTextFile(file, code);
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--no-check",
        `--config=${new URL("../../deno.json", import.meta.url).pathname}`,
        file,
      ],
    }).output();
    await Deno.remove(file);
    assertEquals(new TextDecoder().decode(stdout), "compiled\n");
    assertNotEquals(success, true);
  },
});
