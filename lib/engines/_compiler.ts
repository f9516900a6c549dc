/** How the engine `pjrt` comes to a compiled program: from a folder, or by compiling. @module */
import { sha256Of } from "../pjrt_plugin/publish.ts";
import type { PjrtClient } from "../pjrt/client.ts";
import type { ProgramMemory } from "../tracing/program_memory.ts";
import {
  type ExecutableKey,
  readExecutable,
  type StoredExecutable,
  writeExecutable,
} from "../pjrt/executable_store.ts";
import { toStableHlo } from "../stablehlo/print.ts";
import { type Graph, sizeOf, specsOf } from "../tracing/graph.ts";
import type { DType, EngineOptions, PutData, Spec } from "./engine.ts";

/** A program that a client holds. */
interface Compiled {
  readonly address: bigint;
  /** Not there where the plugin does not say. */
  readonly memory?: ProgramMemory;
}

const textOf = (error: unknown) => error instanceof Error ? error.message : String(error);

/**
 * Compiles the text of a program that has this name; `asAsked` is false where another than the client's
 * own options were needed for it.
 */
type Compile = (name: string, text: string) => Promise<{ address: bigint; asAsked: boolean }>;

interface CompilerSettings extends Pick<EngineOptions, "executables" | "onNote"> {
  /** Cores that programs are divided among, where the compiler does so. */
  readonly among?: number;
}

/** Digests of plugins by path: a library that this process has loaded stays what it is. */
const digests = new Map<string, Promise<string>>();

/** The ends of compilations whose programs will be kept, by their text: whoever waits can load it. */
const compiling = new Map<string, Promise<void>>();

/**
 * What compiles the graphs of an engine.
 *
 * @param plugin Path of the client's plugin
 */
export function compilerOf(
  client: PjrtClient,
  plugin: string,
  compileText: Compile,
  { executables, onNote = () => {}, among }: CompilerSettings,
): (graph: Graph) => Promise<Compiled> {
  const said = new Set<string>();
  const note = (text: string) => {
    if (!said.has(text)) onNote(text);
    said.add(text);
  };
  const compile = async ({ name }: Graph, text: string) => {
    const { address, asAsked } = await compileText(name, text);
    return { address, asAsked, memory: await client.memory(address).catch(() => undefined) };
  };
  if (executables === undefined || !client.serializes) {
    return (graph) => compile(graph, toStableHlo(graph));
  }
  const folder = executables;
  const { device } = client.versions;
  const keyOf = async (text: string): Promise<ExecutableKey> => ({
    text,
    options: client.options,
    platform: client.platform,
    device: among === undefined ? device : `${device}, ${among} cores`,
    plugin: await digests.getOrInsertComputed(plugin, () => sha256Of(plugin)),
  });
  const keep = async (text: string, program: string, { address, memory }: Compiled) => {
    try {
      const bytes = await client.serialize(address);
      const stored = { program, aheadOfTime: false, memory, bytes };
      await writeExecutable(folder, await keyOf(text), stored);
    } catch (error) {
      note(`Compiled programs are not kept: ${textOf(error)}`);
    }
  };
  return async (graph) => {
    const text = toStableHlo(graph);
    while (compiling.has(text)) await compiling.get(text); // by another engine of this process
    const compiled = loadOrCompile(graph, text);
    const ended = compiled.then(() => {}, () => {}).then(() => {
      compiling.delete(text);
    });
    compiling.set(text, ended);
    return await compiled;
  };
  async function loadOrCompile(graph: Graph, text: string) {
    try {
      const stored = await readExecutable(folder, await keyOf(text));
      if (stored) return await load(client, stored, graph);
    } catch (error) {
      note(`Compiling "${graph.name}", as it cannot be loaded: ${textOf(error)}`);
    }
    const compiled = await compile(graph, text);
    if (compiled.asAsked) await keep(text, graph.name, compiled);
    return compiled;
  }
}

/** Loads a program, and runs one that no such device has compiled before it is relied on. */
async function load(
  client: PjrtClient,
  { bytes, memory, aheadOfTime }: StoredExecutable,
  graph: Graph,
): Promise<Compiled> {
  const address = await client.load(bytes);
  try {
    if (aheadOfTime) await tryOut(client, address, graph);
  } catch (error) {
    client.destroyExecutable(address);
    throw error;
  }
  return { address, memory };
}

const zeros: Record<DType, (size: number) => PutData> = {
  float32: (size) => new Float32Array(size),
  int32: (size) => new Int32Array(size),
  uint8: (size) => new Uint8Array(size),
  bool: (size) => new Uint8Array(size),
};

/** Runs a program on zeros. @throws {Error} If it cannot be run */
async function tryOut(client: PjrtClient, address: bigint, graph: Graph): Promise<void> {
  const put = (spec: Spec) => client.put(zeros[spec.dtype](sizeOf(spec.shape)), spec);
  const held = Object.values(specsOf(graph.parameters)).map(put);
  try {
    const results = Object.keys(specsOf(graph.results)).length;
    const { made, done } = await client.submit(address, [...held], results);
    held.push(...made);
    await done;
  } finally {
    for (const buffer of held) client.destroyBuffer(buffer);
  }
}
